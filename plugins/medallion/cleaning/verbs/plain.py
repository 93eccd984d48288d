r"""The cleaning verbs without arguments: `clean: [trim, money]`, each example its test.

A verb is one or more DuckDB expressions in `value`, applied one after the other. Applied to an
array they act on each element. NULL stays NULL. Read while DAGs are parsed: the SQL parser is
imported only when an expression is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

_BLANKS = r"\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}"
r"""Inside a regular expression's brackets: white space of all of Unicode, zero-width too."""

_WIDE_BLANKS = (
    r"\x{85}\x{A0}\x{1680}\x{180E}\x{2000}-\x{200B}\x{2028}\x{2029}\x{202F}\x{205F}\x{2060}"
    r"\x{3000}\x{FEFF}"
)
"""Those of them that are not ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A word of the column language: `steps` are DuckDB expressions in `value`."""

    name: str
    doc: str
    examples: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]


TRIM = Verb(
    name="trim",
    doc="Takes the blanks (spaces of every kind, tabs, line breaks) from both ends.",
    examples=(
        ("\u00a0 Jaws\t\n", "Jaws"),
        ("  a  b ", "a  b"),
        ("\t a\u00a0\r\n ", "a"),
        ("\u3000千と千尋", "千と千尋"),
        ("   ", ""),
        ("été \u00a0", "été"),
        ("a  \u2003 ", "a"),
    ),
    steps=(
        # Below '!' are ASCII's blanks, above '~' what is not ASCII. A regular expression that reads
        # the whole text costs as much as everything else, so only texts that begin or end so get to
        # it; and rtrim reads all of it too, where mostly one space is to go.
        "CASE WHEN value < '!' THEN ltrim(value) ELSE value END",
        """
        CASE
          WHEN NOT ends_with(value, ' ') THEN value
          WHEN ends_with(value, '  ') THEN rtrim(value)
          ELSE left(value, -1)
        END
        """,
        f"""
        CASE
          WHEN (value NOT BETWEEN '!' AND '~' OR array_extract(value, -1) NOT BETWEEN '!' AND '~')
            AND regexp_matches(value, '^[{_BLANKS}]|[{_BLANKS}]$')
          THEN regexp_replace(value, '^[{_BLANKS}]+|[{_BLANKS}]+$', '', 'g')
          ELSE value
        END
        """,
    ),
)

SQUEEZE = Verb(
    name="squeeze",
    doc="Makes every run of blanks, also of non-breaking ones, a single space.",
    examples=(
        ("Star\u00a0Wars  :\n a\tstory", "Star Wars : a story"),
        ("  x", " x"),
        ("a" + " " * 9 + "b   c", "a b c"),
        ("a    b  c     d", "a b c d"),
    ),
    steps=(
        # Bytes are more than characters where a text is not ASCII. Two replacements make one
        # space of up to four.
        f"""
        CASE
          WHEN (strlen(value) <> length(value) AND regexp_matches(value, '[{_WIDE_BLANKS}]'))
            OR contains(value, chr(9)) OR contains(value, chr(10)) OR contains(value, chr(11))
            OR contains(value, chr(12)) OR contains(value, chr(13))
          THEN regexp_replace(value, '[{_BLANKS}]+', ' ', 'g')
          WHEN NOT contains(value, '  ') THEN value
          WHEN contains(value, '     ') THEN regexp_replace(value, ' +', ' ', 'g')
          ELSE replace(replace(value, '  ', ' '), '  ', ' ')
        END
        """,
    ),
)

LOWER = Verb(
    name="lower",
    doc="Lower case.",
    examples=(("Amélie ÉTÉ", "amélie été"),),
    steps=("lower(value)",),
)

UPPER = Verb(
    name="upper",
    doc="Upper case.",
    examples=(("Amélie été", "AMÉLIE ÉTÉ"),),
    steps=("upper(value)",),
)

CAPITALIZE = Verb(
    name="capitalize",
    doc="The first letter in upper case, all others in lower case.",
    examples=(("éTÉ à PARIS", "Été à paris"), ("", "")),
    steps=("upper(left(value, 1)) || lower(substring(value, 2))",),
)

NFC = Verb(
    name="nfc",
    doc="Unicode's composed form: e with an accent after it and é become the same text.",
    examples=(("Ame\u0301lie", "Amélie"),),
    steps=("nfc_normalize(value)",),
)

STRIP_ACCENTS = Verb(
    name="strip_accents",
    doc="Takes the accents from letters; other scripts' vowel signs go too.",
    examples=(("Amélie à Ørsta", "Amelie a Ørsta"),),
    steps=("strip_accents(value)",),
)

DIGITS = Verb(
    name="digits",
    doc="Keeps the digits 0 to 9 only.",
    examples=(("+33 (0)1 23-45", "33012345"), ("none", "")),
    steps=("regexp_replace(value, '[^0-9]+', '', 'g')",),
)

# Accents are taken from the alphabets that have accents; in other scripts (が, हिन्दी) the same
# marks make other letters, so there they stay.
TITLE_KEY = Verb(
    name="title_key",
    doc=(
        "A key to compare titles by: case, accents, punctuation and spacing do not count, & is "
        "and. The letters and digits of every script stay; a title of punctuation only stays as "
        "it is, without blanks."
    ),
    examples=(
        ("Star Wars: Episode VII - The Force Awakens", "starwarsepisodeviitheforceawakens"),
        ("STAR WARS : Episode VII – The Force Awakens", "starwarsepisodeviitheforceawakens"),
        ("Fast & Furious", "fastandfurious"),
        ("Le Fabuleux Destin d’Amélie Poulain", "lefabuleuxdestindameliepoulain"),
        ("千と千尋の神隠し", "千と千尋の神隠し"),
        ("Œuvre de Søren, Straße", "oeuvredesorenstrasse"),
        ("Ночной дозор", "ночноидозор"),
        ("ΟΔΟΣ", "οδοσ"),
        ("… !", "…!"),
    ),
    steps=(
        """
        CASE
          WHEN strlen(value) = length(value) THEN value
          WHEN regexp_matches(
            value, '[^\\p{Latin}\\p{Greek}\\p{Cyrillic}\\p{Common}\\p{Inherited}]'
          )
          THEN nfc_normalize(value)
          ELSE strip_accents(value)
        END
        """,
        "replace(lower(value), '&', 'and')",
        """
        CASE
          WHEN strlen(value) = length(value) THEN value
          ELSE replace(replace(replace(replace(
            translate(value, 'øłđðıς', 'olddiσ'), 'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'),
            'þ', 'th')
        END
        """,
        f"""
        CASE
          WHEN regexp_matches(value, '[\\p{{L}}\\p{{N}}]')
          THEN regexp_replace(
            replace(value, ' ', ''), '[^\\p{{L}}\\p{{N}}\\p{{M}}]+', '', 'g'
          )
          ELSE regexp_replace(value, '[{_BLANKS}]+', '', 'g')
        END
        """,
    ),
)

_SIGN = r"[-−+]?"
_OF_DOLLARS = "A|AR|AU|BZ|C|CA|CL|CN|CO|EC|FJ|HK|J|JP|MX|N|NT|NZ|R|RD|S|SG|TT|TW|US|Z"
"""What is before a sign and says whose it is. M€, k$ and Mrd€ are a thousand times more, or a
million: no amount that a currency may be dropped from."""
_CURRENCY = rf"(?:(?:{_OF_DOLLARS})?\p{{Sc}}|[A-Z]{{3}})?"
_OF_SCALES = "BIL|BLN|MIL|MIO|MLN|MRD|THS|TRL|TRN|TSD"
"""Three capitals that name a scale, not a currency."""
_GAP = r"[\s\p{Z}]*"
_NUMBER = (
    r"(?:[0-9.,]*[0-9][.,]?"
    r"|[0-9]{1,3}(?:[\s\p{Z}][0-9]{3})+(?:[.,][0-9]+)?"
    r"|[0-9]{1,3}(?:[''’][0-9]{3})+(?:[.,][0-9]+)?)"
)
_SIGNED = f"{_SIGN}{_GAP}{_CURRENCY}{_GAP}{_SIGN}{_GAP}{_NUMBER}{_GAP}{_CURRENCY}"

# 1. What looks like money loses its currency and blanks. 2. The sign comes first. 3. Of points and
# commas only the one before the decimals stays, as a point. What fits nowhere stays as it is, and
# the cast that follows refuses it.
MONEY = Verb(
    name="money",
    doc=(
        "A number out of an amount of money, for decimal and number columns. The currency (a sign "
        "or a code of three letters) is dropped; thousands may be parted by commas, points, "
        "blanks or apostrophes, decimals by a point or a comma; brackets or a minus make it "
        "negative. A single comma before exactly three digits parts thousands (1,234 is 1234); a "
        "single point parts decimals (1.234 is 1.234)."
    ),
    examples=(
        ("$29,853,421,309", "29853421309"),
        ("29\u00a0853\u202f421\u00a0309 €", "29853421309"),
        ("(1,234.50)", "-1234.50"),
        ("1.234,50 €", "1234.50"),
        ("-$5", "-5"),
        ("$−5.5", "-5.5"),
        ("US$ 1'234.5", "1234.5"),
        ("EUR 12,5", "12.5"),
        ("+1234.5", "+1234.5"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        ("1.234.567", "1234567"),
        ("0,123", "0.123"),
        ("1,23,456", "1,23,456"),
        ("12 million", "12 million"),
        ("1,5 M€", "1,5 M€"),
        ("3 MRD", "3 MRD"),
        ("n/a", "n/a"),
    ),
    steps=(
        rf"""
        CASE
          WHEN value BETWEEN '+' AND ':' AND regexp_full_match(value, '[-+]?[0-9]+(\.[0-9]+)?')
          THEN value
          WHEN regexp_full_match(value, '-?\$?[1-9][0-9]{{0,2}}(,[0-9]{{3}})+(\.[0-9]+)?')
          THEN replace(replace(value, ',', ''), '$', '')
          WHEN regexp_full_match(value, '{_GAP}(?:{_SIGNED}|\({_GAP}{_SIGNED}{_GAP}\)){_GAP}')
          AND NOT regexp_matches(value, '{_OF_SCALES}')
          THEN regexp_replace(value, '[\s\p{{Z}}\p{{Sc}}A-Za-z''’+]+', '', 'g')
          ELSE value
        END
        """,
        r"""
        CASE
          WHEN value >= '0' AND value < ':' THEN value
          WHEN starts_with(value, '(') AND regexp_full_match(value, '\([0-9.,]+\)')
          THEN '-' || translate(value, '()', '')
          WHEN contains(value, '−') THEN replace(value, '−', '-')
          ELSE value
        END
        """,
        r"""
        CASE
          WHEN NOT contains(value, ',') AND value NOT LIKE '%.%.%' THEN value
          WHEN regexp_full_match(value, '-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?')
          THEN replace(value, ',', '')
          WHEN regexp_full_match(
            value, '-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]*|-?[0-9]{1,3}(\.[0-9]{3}){2,}|-?[0-9]*,[0-9]+'
          )
          THEN replace(replace(value, '.', ''), ',', '.')
          ELSE value
        END
        """,
    ),
)

VERBS: tuple[Verb, ...] = (
    TRIM,
    SQUEEZE,
    LOWER,
    UPPER,
    CAPITALIZE,
    NFC,
    STRIP_ACCENTS,
    TITLE_KEY,
    MONEY,
    DIGITS,
)
"""Every verb that there is: adding one is adding it here."""

BY_NAME = {verb.name: verb for verb in VERBS}
