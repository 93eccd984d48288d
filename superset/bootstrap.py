"""Brings Superset's database to the installed version, and makes its roles and its two users.

Run by Superset's own Python, beside superset_config.py. It may be run again: what is there stays,
and the two users get the passwords of the environment. One process, where Superset's commands are
three that import everything each.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

USERS = (("admin", "SUPERSET_ADMIN_PASSWORD"), ("medallion_bot", "SUPERSET_BOT_PASSWORD"))
"""A person's first login, and who brings what the specs declare. Only an Admin may change objects
that others own."""


def main() -> int:
    """0: all is as it should be. An error goes to stderr, as Python prints it."""
    from superset.app import create_app

    with create_app().app_context():
        from flask_migrate import upgrade
        from superset.extensions import appbuilder, db, security_manager

        upgrade()
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        for name, variable in USERS:
            _ensure_user(security_manager, name, _secret(variable))
        db.session.commit()
    return 0


def _ensure_user(manager: Any, name: str, password: str) -> None:
    from werkzeug.security import check_password_hash

    user = manager.find_user(username=name)
    if user is None:
        admin = manager.find_role("Admin")
        if not manager.add_user(name, name, "Medallion", f"{name}@localhost", admin, password):
            raise SystemExit(f"the user {name} could not be created")
    elif not check_password_hash(user.password, password):
        manager.reset_password(user.id, password)


def _secret(name: str) -> str:
    file = os.environ.get(f"{name}_FILE")
    value = Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set")
    return value


if __name__ == "__main__":
    sys.exit(main())
