"""Writes azurerm.json, the schema of the resources that deploy/azure uses, in Terraform's own form.

    pip download --no-deps cdktn-provider-azurerm==18.9.0
    python -m tests.deploy.azure.read_schema cdktn_provider_azurerm-18.9.0-py3-none-any.whl

Terraform's registry gives the provider itself; where it cannot be reached, this package of PyPI has
the same schema: it is generated from it, by `terraform providers schema`. What is read here is the
JavaScript in it, whose comments say of each attribute whether it is required, optional, computed.
Of the package (MPL-2.0) names and types of attributes are kept, and none of its code.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

PLACE = Path(__file__).parent
DEPLOY = PLACE.parents[2] / "deploy" / "azure"
_PLAIN = {"string": "string", "number": "number", "boolean": "bool"}
_FLAGS = re.compile(
    r"^    // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)$", re.MULTILINE
)
_ATTRIBUTE = re.compile(
    r"^            (\w+): \{\n\s+value: (.*),\n\s+isBlock: (\w+),\n\s+type: \"(\w+)\",\n"
    r"\s+storageClassType: \"(\w+)\"",
    re.MULTILINE,
)
_NESTED = re.compile(
    r"^        (\w+): \{\n\s+value: (.*),\n\s+isBlock: (\w+),\n\s+type: \"(\w+)\",\n"
    r"\s+storageClassType: \"(\w+)\"",
    re.MULTILINE,
)


class Source:
    """One resource's JavaScript."""

    def __init__(self, text: str) -> None:
        self.parts = dict(_parts(text))

    def block(self, name: str, *, is_resource: bool) -> dict[str, Any]:
        """A block of Terraform's JSON form: `attributes` and `block_types`."""
        # The provider's own blocks are only ever given, so nothing says which attributes they have.
        of_class = self.parts.get(name if is_resource else f"{name}OutputReference", "")
        shapes = self._shapes(name, of_class, is_resource=is_resource)
        attributes: dict[str, Any] = {}
        nested: dict[str, Any] = {}
        for key, *flags in _FLAGS.findall(of_class):
            said = dict(zip(("computed", "optional", "required"), flags, strict=True))
            on = {flag: True for flag, value in said.items() if value == "true"}
            shape = shapes.get(key)
            if shape and shape[1] == "true" and not _is_attribute(shape[0]):
                nested[key] = self._nested(shape, is_required=bool(on.get("required")))
            else:
                if shape and "markWriteOnlyAttribute" in shape[0]:
                    on["write_only"] = True
                attributes[key] = {"type": self._type(key, shape, of_class), **on}
        return {"attributes": attributes, "block_types": nested}

    def _shapes(self, name: str, of_class: str, *, is_resource: bool) -> dict[str, tuple[str, ...]]:
        """By attribute: what its value is made by, whether it is a block, its type, its class."""
        if is_resource:
            made = of_class.partition("synthesizeHclAttributes() {")[2]
            return {one[0]: one[1:] for one in _ATTRIBUTE.findall(made)}
        function = f"{name[0].lower()}{name[1:]}ToHclTerraform"
        return {one[0]: one[1:] for one in _NESTED.findall(self.parts.get(function, ""))}

    def _nested(self, shape: tuple[str, ...], *, is_required: bool) -> dict[str, Any]:
        made, _, kind, held = shape
        if kind == "struct":
            return {"nesting_mode": "single", "block": self.block(held, is_resource=False)}
        block = self.block(held.removesuffix("List"), is_resource=False)
        found: dict[str, Any] = {"nesting_mode": kind, "block": block}
        if is_required:
            found["min_items"] = 1
        if "listMapper" not in made:
            found["max_items"] = 1
        return found

    def _type(self, key: str, shape: tuple[str, ...] | None, of_class: str) -> Any:
        if shape is None:
            return self._computed(key, of_class)
        _, is_block, kind, held = shape
        if is_block == "true":
            return [kind, self._object(held.removesuffix("List"))]
        if kind == "simple":
            return _PLAIN[held]
        return [kind, _PLAIN[re.sub("(List|Map|Set)$", "", held)]]

    def _object(self, name: str) -> Any:
        found = self.block(name, is_resource=False)
        types = {key: one["type"] for key, one in found["attributes"].items()}
        for key, one in found["block_types"].items():
            inner = {k: v["type"] for k, v in one["block"]["attributes"].items()}
            types[key] = [one["nesting_mode"], ["object", inner]]
        return ["object", types]

    def _computed(self, key: str, of_class: str) -> Any:
        """Of what is only computed: by the way in which it is got."""
        listed = re.search(rf'= new (\w+?)(?:List|Map)\(this, "{key}", (\w+)\)', of_class)
        if listed:
            return ["set" if listed[2] == "true" else "list", self._object(listed[1])]
        got = re.search(rf"this\.get(\w+?)Attribute\(['\"]{key}['\"]\)", of_class)
        kinds = {
            "String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"],
            "StringMap": ["map", "string"], "NumberList": ["list", "number"],
        }  # fmt: skip
        return kinds[got[1]] if got else "string"


def _is_attribute(made: str) -> bool:
    """Blocks that may be written as an attribute, `x = []`, are attributes of lists of objects."""
    return "listMapper" in made and ", false)(" in made


def _parts(text: str) -> list[tuple[str, str]]:
    starts = list(re.finditer(r"^(?:export )?(?:class|function) (\w+)", text, re.MULTILINE))
    ends = [one.start() for one in starts[1:]] + [len(text)]
    return [(one[1], text[one.start() : end]) for one, end in zip(starts, ends, strict=True)]


def list_used(folder: Path = DEPLOY) -> list[str]:
    """The types of resources and data, `azurerm_…` and `data.azurerm_…`, that the files declare."""
    text = "".join(path.read_text() for path in sorted(folder.glob("*.tf")))
    found = re.findall(r'^(resource|data) "(azurerm_\w+)"', text, re.MULTILINE)
    return sorted({f"{'data.' if kind == 'data' else ''}{name}" for kind, name in found})


def read(wheel: Path) -> dict[str, Any]:
    """The schema of what is used, as `terraform providers schema -json` writes it."""
    with zipfile.ZipFile(wheel) as packed:
        (name,) = [one for one in packed.namelist() if one.endswith(".jsii.tgz")]
        content = io.BytesIO(packed.read(name))
    found: dict[str, Any] = {"provider": None, "resource_schemas": {}, "data_source_schemas": {}}
    wanted = {_folder(used): used for used in list_used()} | {"provider": "provider"}
    with tarfile.open(fileobj=content) as archive:
        for member in archive:
            folder = member.name.removeprefix("package/lib/").removesuffix("/index.js")
            if folder not in wanted or not member.name.endswith("index.js"):
                continue
            file = archive.extractfile(member)
            assert file is not None
            used = wanted[folder]
            block = _read_one(file.read().decode(), used)
            if used == "provider":
                found["provider"] = {"version": 0, "block": block}
            else:
                kind = "data_source_schemas" if used.startswith("data.") else "resource_schemas"
                found[kind][used.removeprefix("data.")] = {"version": 0, "block": block}
    missing = set(wanted.values()) - {"provider"} - {
        *found["resource_schemas"], *(f"data.{one}" for one in found["data_source_schemas"]),
    }  # fmt: skip
    assert not missing, missing
    return found


def _read_one(text: str, used: str) -> dict[str, Any]:
    source = Source(text)
    base = "TerraformProvider" if used == "provider" else "Terraform(?:Resource|DataSource)"
    (name,) = re.findall(rf"^(?:export )?class (\w+) extends cdktn\.{base} ", text, re.MULTILINE)
    return source.block(name, is_resource=True)


def _folder(used: str) -> str:
    kind = "data-azurerm-" if used.startswith("data.") else ""
    return kind + used.removeprefix("data.").removeprefix("azurerm_").replace("_", "-")


if __name__ == "__main__":
    document = json.dumps(read(Path(sys.argv[1])), indent=1, sort_keys=True)
    (PLACE / "azurerm.json").write_text(document + "\n")
