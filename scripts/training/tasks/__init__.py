"""The kinds of networks that are trained here."""

from typing import Any

from training.recipe import Recipe
from training.task import Options, Task


def of(recipe: Recipe, options: Options) -> Task[Any]:
    """The task of a recipe; each needs other libraries, so no other is imported."""
    if recipe.data == "lines":
        from training.tasks.lines import LineTask

        return LineTask(recipe, options)
    if recipe.data == "finder":
        from training.tasks.finder import FinderTask

        return FinderTask(recipe, options)
    if recipe.data == "aligner":
        from training.tasks.aligner import AlignerTask

        return AlignerTask(recipe, options)
    if recipe.data == "novelty":
        from training.tasks.novelty import NoveltyTask

        return NoveltyTask(recipe, options)
    from training.tasks.characters import CharacterTask

    return CharacterTask(recipe, options)
