"""Every function that the cleaning query may call, under DuckDB's name, with what it has to do.

An engine has an answer to each of them (`engine.py`). `call` and the templates of the verbs refuse
any other, so that nothing which only DuckDB knows slips into the query unseen. The functions that
an author writes in `expression:` and `filter:` are another list (`duckdb/expressions.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

FUNCTIONS: Mapping[str, str] = {
    # The records of a part.
    "read_csv": "the lines of a delimited file, columns _1, _2 … as texts; broken lines apart",
    "read_ndjson_objects": "the lines of a file as JSON, in the column json; NULL for a broken one",
    "read_parquet": "the records of a Parquet file, columns by their place",
    "row_number": "the number of a row, from 1, in the order of the records",
    "unnest": "a row for each element of a list",
    # Texts.
    "chr": "the character of a code point",
    "concat": "texts joined; a NULL counts as an empty one",
    "contains": "whether a text is in another",
    "encode": "a text's UTF-8",
    "ends_with": "whether a text ends with another",
    "hex": "bytes as hexadecimal digits",
    "left": "the first characters",
    "length": "how many characters (code points)",
    "lower": "small letters",
    "lpad": "filled up on the left to a length",
    "ltrim": "without the blanks, or these characters, at the start",
    "nfc_normalize": "Unicode's composed form (NFC)",
    "replace": "each occurrence of a text replaced",
    "right": "the last characters",
    "rtrim": "without the blanks, or these characters, at the end",
    "sha256": "SHA-256 of bytes or of a text's UTF-8, as hexadecimal digits",
    "split_part": "the part at a place, from 1 or from the end; empty where there is none",
    "starts_with": "whether a text starts with another",
    "string_split": "the list of a text's parts",
    "strip_accents": "without accents and other combining marks",
    "strlen": "how many bytes of UTF-8",
    "substr": "from a character, counted from 1, to the end or for a length",
    "substring": "from a character, counted from 1, to the end or for a length",
    "translate": "characters replaced one by one; those without a counterpart go",
    "trim": "without the blanks, or these characters, at both ends",
    "unhex": "the bytes of hexadecimal digits",
    "upper": "capital letters",
    # Regular expressions, RE2's.
    "regexp_extract": "the first match, or one of its groups; empty where nothing matches",
    "regexp_extract_all": "all matches, as a list",
    "regexp_full_match": "whether a pattern matches the whole of a text",
    "regexp_matches": "whether a pattern matches somewhere in a text",
    "regexp_replace": "the first match, or with 'g' each, replaced; \\1 is the first group",
    # Numbers and times.
    "isfinite": "whether a number or a time is neither infinite nor NaN",
    "make_timestamp": "the time, in UTC, so many microseconds after 1970",
    "sqrt": "the square root; of a negative number it raises",
    "strftime": "a time written in a format",
    "timezone": "the clock's time in a zone of a moment, or the moment of a clock's time",
    "try_strptime": "the time that a text says in a format; NULL where it does not",
    "year": "the year of a date or a time",
    # Lists, maps and structs.
    "array_to_string": "the texts of a list, joined",
    "array_extract": "the character at a place, from 1 or from the end",
    "len": "how many elements",
    "list": "the values of all rows as one list",
    "list_contains": "whether a value is in a list",
    "list_count": "how many elements are not NULL",
    "list_extract": "the element at a place, from 1 or from the end; NULL beyond",
    "list_filter": "the elements of which a lambda is true",
    "list_slice": "the elements from a place to a place, both counted from 1 or from the end",
    "list_transform": "what a lambda makes of each element",
    "list_unique": "how many different elements",
    "map": "a map of a list of keys and a list of values",
    "map_contains": "whether a map has a key",
    "map_extract_value": "the value of a key in a map; NULL without it",
    "struct_extract": "a field of a struct",
    # JSON, of which every digit is kept.
    "json": "a text as JSON, without blanks between its parts",
    "json_extract": "the JSON at a pointer (RFC 6901), or a list of all that [*] finds",
    "json_extract_string": "the same as a text: strings without quotes, null as NULL",
    "json_keys": "the keys of an object, one that is there twice twice",
    "json_object": "a JSON object of names and values",
    "json_type": "the kind of a JSON value: OBJECT, ARRAY, VARCHAR, NULL …",
    "json_valid": "whether a text is JSON",
    "to_json": "a value as JSON",
    # Any value.
    "coalesce": "the first that is not NULL",
    "nullif": "NULL where two values are equal",
    "try": "NULL where an expression fails on a row",
}

CLASSES: Mapping[type[exp.Expr], str] = {
    exp.ArrayFilter: "list_filter",
    exp.ArrayToString: "array_to_string",
    exp.Chr: "chr",
    exp.Coalesce: "coalesce",
    exp.Concat: "concat",
    exp.Contains: "contains",
    exp.Encode: "encode",
    exp.EndsWith: "ends_with",
    exp.JSONObject: "json_object",
    exp.JSONExtract: "json_extract",
    exp.JSONExtractScalar: "json_extract_string",
    exp.JSONType: "json_type",
    exp.Left: "left",
    exp.Length: "length",
    exp.Lower: "lower",
    exp.Pad: "lpad",
    exp.RegexpExtract: "regexp_extract",
    exp.RegexpExtractAll: "regexp_extract_all",
    exp.RegexpFullMatch: "regexp_full_match",
    exp.RegexpLike: "regexp_matches",
    exp.RegexpReplace: "regexp_replace",
    exp.Replace: "replace",
    exp.Right: "right",
    exp.RowNumber: "row_number",
    exp.SHA2: "sha256",
    exp.Split: "string_split",
    exp.SplitPart: "split_part",
    exp.Sqrt: "sqrt",
    exp.StartsWith: "starts_with",
    exp.Substring: "substring",
    exp.TimeToStr: "strftime",
    exp.Transform: "list_transform",
    exp.Translate: "translate",
    exp.Trim: "trim",
    exp.Try: "try",
    exp.Unhex: "unhex",
    exp.UnixToTime: "make_timestamp",
    exp.Upper: "upper",
    exp.Year: "year",
}
"""What sqlglot parses into a class of its own."""

_SYNTAX = (exp.And, exp.Or, exp.Case, exp.If, exp.Cast, exp.Array, exp.Struct)
"""To sqlglot they are functions; SQL has words or brackets for them."""


class UnknownFunction(KeyError):
    """The cleaning query calls a function that is not in FUNCTIONS: add it there and to each
    engine."""


def function_of(node: exp.Expr) -> str | None:
    """The name of the function that a node calls; None if it calls none.

    Raises:
        UnknownFunction: it is not in the table.
    """
    if isinstance(node, exp.Anonymous):
        return check_known(node.name.lower())
    if not isinstance(node, exp.Func) or isinstance(node, _SYNTAX):
        return None
    name = CLASSES.get(type(node))
    if name is None:
        raise UnknownFunction(type(node).__name__)
    return name


def check_known(name: str) -> str:
    """The name itself, if it is in the table.

    Raises:
        UnknownFunction: it is not.
    """
    if name not in FUNCTIONS:
        raise UnknownFunction(name)
    return name
