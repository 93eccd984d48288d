"""The lake's second wall: an environment changes its own folders alone."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from medallion import lake
from medallion.errors import LakeError
from medallion.lake import storage
from medallion.lake.fence import fence_in

CHANGES: dict[str, Callable[[Path], object]] = {
    "create": lambda path: storage.create(path).close(),
    "append": lambda path: storage.create(path, "ab").close(),
    "write_whole": lambda path: storage.write_whole(path, b"{}"),
    "new_folder": lambda path: storage.new_folder(path.parent, path.name, 1),
    "ensure_folder": lambda path: storage.ensure_folder(path.with_name("folder")),
    "remove": lambda path: storage.remove(path.parent),
    "remove_file": storage.remove_file,
    "delete_file": storage.delete_file,
    "delete_folder": lambda path: storage.delete_folder(path.parent),
    "delete_empty_folder": lambda path: storage.delete_empty_folder(path.parent),
    "link into it": lambda path: storage.link_file(path.with_name("other"), path),
    "link out of it": lambda path: storage.link_file(path, path.with_name("other")),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A lake in which production, alice and bob have landed."""
    for domain in ("shop", "shop__alice", "shop__bob", "shop__malice"):
        folder = tmp_path / "lake" / "bronze" / domain / "orders"
        folder.mkdir(parents=True)
        (folder / "part").write_text(domain)
    return tmp_path / "lake"


def everything(root: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("place", [
    "bronze/shop/orders/part", "bronze/shop__bob/orders/part", "bronze/shop__malice/orders/part",
    "snapshots/gold_shop.totals/part", "bronze/part", "bronze/__alice/orders/part", "part",
    "bronze/shop__alice/../shop/orders/part", "bronze/shop__alice/linked/part",
    "../elsewhere/shop__alice/part",
])  # fmt: skip
def test_nothing_else_is_changed(root: Path, change: Callable[[Path], object], place: str) -> None:
    (root / "bronze" / "shop__alice" / "linked").symlink_to(root / "bronze" / "shop" / "orders")
    before = everything(root)
    with (
        fence_in(root, "alice"),
        pytest.raises(LakeError, match="is not of the environment alice: it is left as it is"),
    ):
        change(root / place)
    assert everything(root) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_its_own_folders_are_its_own_and_production_is_free(
    root: Path, change: Callable[[Path], object]
) -> None:
    with fence_in(root, "alice"):
        change(root / "bronze" / "shop__alice" / "orders" / "part")
    change(root / "bronze" / "shop" / "orders" / "part")


def test_object_storage_is_held_by_its_names(tmp_path: Path) -> None:
    from airflow.sdk import ObjectStoragePath

    root = ObjectStoragePath(f"file://{tmp_path}")
    (tmp_path / "bronze" / "shop__alice").mkdir(parents=True)
    with fence_in(root, "alice"):
        storage.create(root / "bronze" / "shop__alice" / "part").close()
        for place in ("bronze/shop/part", "bronze/shop__alice/../shop/part", "snapshots/part"):
            with pytest.raises(LakeError, match="is not of the environment alice"):
                storage.create(root / place)
    assert [path.name for path in (tmp_path / "bronze").rglob("part")] == ["part"]


def test_it_falls_after_an_error_and_the_inner_one_holds(root: Path) -> None:
    part = root / "bronze" / "shop__bob" / "orders" / "part"
    with pytest.raises(ZeroDivisionError), fence_in(root, "alice"):
        with fence_in(root, "bob"):
            storage.remove_file(part)
        with pytest.raises(LakeError):
            storage.create(part)
        raise ZeroDivisionError
    storage.create(part).close()


def test_the_lake_is_changed_in_one_place_alone() -> None:
    """Whoever writes or deletes below the lake does so by `storage`, which asks."""
    doing = {"unlink", "rmdir", "rmtree", "mkdir", "open_private", "private_folder", "write_bytes",
             "write_text", "link", "rename", "touch", "symlink_to", "hardlink_to"}  # fmt: skip
    found = []
    for path in Path(next(iter(lake.__path__))).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and path.name != "storage.py":
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                found += [f"{path.name}:{node.lineno} {name}"] if name in doing else []
    assert found == []
