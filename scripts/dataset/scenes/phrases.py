"""What stands on meters, displays, plates, labels and receipts. Numbers dominate.

All is ASCII unless `signs` is true: then units and prices are written with their own signs.
"""

import numpy as np

from dataset import texts
from dataset.texts import DIGITS, UPPER, listed, pattern, pick, some

EUROPEAN = listed("""AA-AA 999  A-AA 9999  AAA-A 99  AA 99 AAA  AA-999-AA  9AA 9999  AA 999-AA
AAA 999  AA 99999  9AAA999  AA9999AA  A 999 AA  99-AA-99  9999 AAA  AA 999  AAA 99 A  A 99999
AA AA 999  99 AAA 9""")
AMERICAN = listed("""AAA 9999  9AAA999  AAA-9999  AAA 999  999 AAA  AA9 9AA  AA 99999  AAA9999
999-AAA  A99 9AA  99A 9A9  AA-9999  999999  A9 99999""")
STATES = """TEXAS CALIFORNIA FLORIDA OHIO NEVADA UTAH OREGON MAINE IOWA ARIZONA IDAHO ALASKA KANSAS
MONTANA WYOMING VIRGINIA GEORGIA NEW-YORK COLORADO VERMONT ILLINOIS""".split()
METERED = ("m3", "m3", "m3", "kWh", "kWh", "kWh", "MWh", "l", "gal", "h", "km", "Wh", "kvarh")
WORDS = """START STOP ON OFF OPEN CLOSED PUSH PULL EXIT DANGER CAUTION HOT COLD HIGH LOW MIN MAX
READY ERROR FAULT RESET POWER MOTOR VALVE INLET OUTLET WATER GAS OIL AIR STEAM FUEL LINE ROOM DOOR
BOX GATE LIFT ZONE""".split()
PLACES = """TANK PUMP CAM UNIT LINE ROOM BAY ZONE DOOR FLOOR LEVEL GATE BIN RACK SLOT AXIS CH PORT
HALL STOP PIER TRACK""".split()
NAMES = "ONE TWO THREE FOUR FIVE SIX NORTH SOUTH EAST WEST LEFT RIGHT TOP BACK A B C".split()
SHOP = """MILK BREAD BUTTER CHEESE APPLES COFFEE TEA SUGAR RICE PASTA EGGS WATER JUICE SALT OIL SOAP
PAPER Total SUBTOTAL CASH CARD CHANGE VAT TAX Sum Receipt Store Order Table Bar Zahlung Kasse
Quantity Price Item Visa""".split()
HEADS = listed("""Use by  USE BY  Best before  BEST BEFORE  BBE  EXP  EXP.  Exp  MFG
Best before end  Display until  Packed on  MHD  PROD  Freeze by  BB""")

DAYS = listed("""{d} {month}  {d} {month}  {d} {month} {y}  {d} {month} 20{y}  {d}.{m}.{y}
{d}.{m}.20{y}  {d}/{m}/{y}  {d}/{m}/20{y}  {m}/20{y}  {m}/{y}  20{y}-{m}-{d}
20{y}/{m}/{d}  {d} {m} {y}  {d}-{m}-{y}  {d}{month}{y}  {d}{m}{y}  {month} {d} 20{y}
{month} 20{y}  20{y}.{m}.{d}""")
# As patterns.
LOTS = listed(r"""L999  L 9999  L999 A 99:99  A9999  99999  L9999A  99999  \LOT 99999  9999999
SN 999999  B999999  99-999  999A99 99:99""")
SIGNED = "°C °C °F µF µA µm µs kΩ MΩ Ω m³ m² cm² m³/h ° µV µl".split()
SHORT = "0 1 7 17 71 11 10 100 -7 0.0 -1 0.17 007 1.1 77 -0.1 1:17 001 101 70".split()


def two(rng: np.random.Generator, below: int, low: int = 0) -> str:
    return f"{rng.integers(low, below):02d}"


def day(rng: np.random.Generator) -> str:
    """A date as it is stamped on goods."""
    d, m, y = two(rng, 32, 1), two(rng, 13, 1), two(rng, 36, 18)
    month = pick(rng, texts.MONTHS)
    month = month.capitalize() if rng.random() < 0.2 else month
    return pick(rng, DAYS).format(d=d, m=m, y=y, month=month)


def lot(rng: np.random.Generator) -> str:
    """A batch number, at times with its time of day."""
    body = pattern(rng, pick(rng, LOTS))
    return pick(rng, ("",) * 5 + ("LOT ", "LOT: ", "Lot ", "LOT. ", "BATCH ", "CH.-B. ")) + body


def number(rng: np.random.Generator, low: int = 1, high: int = 6) -> str:
    """An integer or a decimal, now and then negative."""
    body = some(rng, DIGITS, low, high)
    if rng.random() < 0.35:
        body += pick(rng, "...,") + some(rng, DIGITS, 1, 2)
    return ("-" if rng.random() < 0.1 else "") + body


def unit(rng: np.random.Generator, signs: bool) -> str:
    if signs and rng.random() < 0.5:
        return pick(rng, SIGNED)
    return pick(rng, texts.UNITS)


def quantity(rng: np.random.Generator, signs: bool = False) -> str:
    """A number with its unit."""
    if signs and rng.random() < 0.3:
        price = f"{rng.integers(0, 300)}{pick(rng, '..,')}{two(rng, 100)}"
        return pick(
            rng,
            (
                f"€ {price}",
                f"{price} €",
                f"€{price}",
                f"£{price}",
                f"±{some(rng, DIGITS, 1, 2)}",
                f"{number(rng, 1, 3)} ±{rng.integers(1, 20)}%",
                f"{rng.integers(1, 99)} × {rng.integers(1, 99)}",
                f"{rng.integers(2, 9)}×{rng.integers(1, 99)}",
            ),
        )
    return number(rng, 1, 4) + pick(rng, ("", " ", " ")) + unit(rng, signs)


def short(rng: np.random.Generator, signs: bool = False) -> str:
    """Lone digits and the short texts of switches, gauges and cameras."""
    place = rng.random()
    if place < 0.26:
        return pick(rng, DIGITS)
    if place < 0.36:
        return pick(rng, SHORT)
    if place < 0.5:
        return some(rng, DIGITS, 2, 4)
    if place < 0.6:
        return number(rng, 1, 3)
    if place < 0.72:
        return quantity(rng, signs)
    if place < 0.78:
        return pick(rng, "ABCDEFGHJKLMNPQRSTUVWXYZ")  # alone, I and O are 1 and 0
    if place < 0.84:
        return f"{pick(rng, UPPER)}{pick(rng, ('', ' ', '-'))}{rng.integers(0, 100)}"
    if place < 0.92:
        end = str(rng.integers(0, 100)) if rng.random() < 0.7 else pick(rng, NAMES)
        return f"{pick(rng, PLACES)} {end}"
    return pick(rng, WORDS)


def line(rng: np.random.Generator, signs: bool = False) -> str:
    """Any line of print."""
    place = rng.random()
    if place < 0.3:
        return short(rng, signs)
    if place < 0.5:
        return quantity(rng, signs)
    if place < 0.65:
        return texts.serial(rng)
    if place < 0.75:
        return day(rng)
    if place < 0.8:
        return texts.clock(rng)
    if place < 0.9:
        return " ".join(texts.words(rng).split())
    return " ".join(texts.word(rng).upper() for _ in range(rng.integers(1, 4)))


def fine(rng: np.random.Generator) -> str:
    """Small print."""
    place = rng.random()
    if place < 0.5:
        return " ".join(texts.word(rng) for _ in range(rng.integers(2, 6)))
    if place < 0.7:
        return " ".join(texts.word(rng).capitalize() for _ in range(rng.integers(1, 4)))
    return pick(rng, (texts.quantity, texts.serial, texts.part))(rng)


def plate(rng: np.random.Generator, american: bool) -> str:
    return pattern(rng, pick(rng, AMERICAN if american else EUROPEAN))


def receipt(rng: np.random.Generator) -> tuple[str, str]:
    """Lines of a receipt: what was bought at the left, what it cost at the right."""
    price = f"{rng.integers(0, 90)}{pick(rng, '.,')}{two(rng, 100)}"
    name = " ".join(pick(rng, SHOP) for _ in range(rng.integers(1, 3)))
    place = rng.random()
    if place < 0.55:
        return name, price + pick(rng, ("", "", " A", " B", " *"))
    if place < 0.7:
        return f"{rng.integers(1, 9)} x {price}", ""
    if place < 0.8:
        return texts.date(rng), texts.clock(rng)
    return pick(rng, (texts.serial, fine, texts.quantity))(rng), ""
