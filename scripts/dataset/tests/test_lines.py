#!/usr/bin/python3
"""Where lines are drawn, and what is said of them."""

import math
import unittest
from types import SimpleNamespace

import numpy as np

from dataset import lines, places, scene
from dataset.sample import Generator, Recipe


def row_of(
    text: str,
    cap: float = 20.0,
    x: float = 40.0,
    base: float = 60.0,
    line: int = 0,
    light: bool = False,
    step: int = 16,
) -> list[scene.Character]:
    """Characters of equal width that stand on row `base`."""
    return [
        scene.Character(
            char,
            line,
            (x + k * step, base - cap, x + k * step + 12, base),
            light,
            SimpleNamespace(family="A"),
            cap,
        )
        for k, char in enumerate(text)
        if char != " "
    ]


def text_at(characters: list[scene.Character], line: int = 0, cap: float = 20.0) -> scene.Text:
    left, right = characters[0].box[0], characters[-1].box[2]
    base = characters[0].box[3]
    return scene.Text(line, (left, base), (right, base), cap, 0.7 * cap, characters[0].light, "A")


class Frames(unittest.TestCase):
    def test_a_place_lies_where_the_program_draws_it(self) -> None:
        frame = places.Frame(places.place(False, (40, 60), (120, 60), 20))
        columns, rows = frame.strip([(40, 60), (40, 40), (120, 60)])
        self.assertTrue(np.allclose(rows, (23, 7, 23)))
        self.assertTrue(np.allclose(columns, (41 / 3, 41 / 3, 41 / 3 + 64)))
        # What is drawn ends as far behind the end as it begins before the start.
        self.assertEqual(frame.width, (96 + 40) * 2 // 3)

    def test_stretch_widens_columns_alone(self) -> None:
        frame = places.Frame(places.place(False, (40, 60), (120, 60), 20, 1.5))
        columns, rows = frame.strip([(40, 60), (60, 40)])
        self.assertAlmostEqual(columns[1] - columns[0], 20 * 16 / 20 * 1.5, places=4)
        self.assertAlmostEqual(rows[0] - rows[1], 16, places=4)

    def test_turned_boxes_are_taken_back(self) -> None:
        turn = math.radians(20)
        c, s = math.cos(turn), math.sin(turn)
        wide, tall = 10 * c + 20 * s, 10 * s + 20 * c
        frame = places.Frame(places.place(False, (0, 0), (100 * c, 100 * s), 20))
        box = (-wide / 2, -tall / 2, wide / 2, tall / 2)
        left, top, right, bottom = frame.extents([box])[0]
        self.assertAlmostEqual(right - left, 8, places=3)
        self.assertAlmostEqual(bottom - top, 16, places=3)


class Labels(unittest.TestCase):
    def shown(
        self, characters: list[scene.Character], place: np.ndarray, light: bool = False
    ) -> tuple[list[int], list[float]]:
        found = lines.label(places.Frame(place), light, characters)
        assert found is not None
        return found

    def test_all_that_is_seen_is_in_the_label(self) -> None:
        characters = row_of("12-4")
        got, columns = self.shown(characters, places.place(False, (42, 60), (100, 61), 21))
        self.assertEqual(got, [0, 1, 2, 3])
        self.assertEqual(sorted(columns), columns)
        self.assertEqual(lines.text_of(got, characters, ["12-4"]), "12-4")

    def test_spaces_of_some_words(self) -> None:
        characters = row_of("A 1 BC")
        place = places.place(False, (40, 60), (84, 60), 20)
        got, _ = self.shown(characters, place)
        self.assertEqual(lines.text_of(got, characters, ["A 1 BC"]), "A 1")

    def test_cut_characters_are_in_no_label_unless_the_place_grows(self) -> None:
        characters = row_of("1234")
        # 0.83 of a capital's height is shown beyond the end: half of the "4".
        place = places.place(False, (40, 60), (77.5, 60), 20)
        self.assertIsNone(lines.label(places.Frame(place), False, characters))
        got, _ = self.shown(characters, lines.whole(place, characters))
        self.assertEqual(got, [0, 1, 2, 3])

    def test_other_polarity_and_other_places_show_nothing(self) -> None:
        characters = row_of("1234")
        place = places.place(True, (40, 60), (100, 60), 20)
        self.assertEqual(self.shown(characters, place, light=True), ([], []))
        below = places.place(False, (40, 85), (100, 85), 20)
        self.assertEqual(self.shown(characters, below), ([], []))

    def test_half_a_line_off_is_unsure(self) -> None:
        characters = row_of("1234")
        place = places.place(False, (40, 69), (100, 69), 20)
        self.assertIsNone(
            lines.label(places.Frame(place), False, characters, [text_at(characters)])
        )

    def test_what_nobody_can_tell_has_no_label(self) -> None:
        characters = row_of("1234")
        text = text_at(characters)
        place = places.place(False, (40, 60), (100, 60), 20)
        self.assertIsNotNone(lines.label(places.Frame(place), False, characters, [text]))
        text.unsure = True
        self.assertIsNone(lines.label(places.Frame(place), False, characters, [text]))


class Guesses(unittest.TestCase):
    def test_guesses_stay_near(self) -> None:
        rng = np.random.default_rng(1)
        text = text_at(row_of("12345678"))
        guesses = [places.guess(rng, text, True) for _ in range(300)]
        found = [one for one in guesses if one is not None]
        self.assertEqual(len(found), 300)
        heights = np.array([float(one["height"]) for one in found]) / 20
        self.assertTrue((heights > 0.5).all() and (heights < 1.25).all())
        self.assertTrue(0.01 < (heights < 0.8).mean() < 0.1)
        self.assertTrue(
            ((np.array([float(one["stretch"]) for one in found]) - 1.1) ** 2 < 0.4).all()
        )

    def test_most_guesses_are_labelled_with_their_text(self) -> None:
        generator = Generator(5, Recipe(mix="even"))
        rng = np.random.default_rng(2)
        right = total = 0
        for index in range(12):
            sample = generator.make(index)
            for place, line in places.guesses(rng, sample):
                mine = [c for c in sample.characters if c.line == line]
                place = lines.whole(place, mine)
                got = lines.label(
                    places.Frame(place), place["polarity"] == 1, sample.characters, sample.texts
                )
                total += 1
                if got and got[0]:
                    right += sample.characters[got[0][0]].line == line
        self.assertGreater(total, 30)
        self.assertGreater(right, 0.9 * total)


if __name__ == "__main__":
    unittest.main()
