"""A Django that does what it is told: a JSON object in each line of stdin, and one in each line of stdout.

    {"id": 1, "call": "dumps", "args": ["{}"]}   ->   {"id": 1, "value": ...}   or   {"id": 1, "error": "ValueError: ..."}

Its one argument is JSON: `settings` for Django, and the `modules` of this folder whose functions may be called.
"""

import importlib
import json
import os
import sys

import django
from django.conf import settings

try:
    import MySQLdb
except ImportError:
    try:
        import pymysql

        pymysql.install_as_MySQLdb()
    except ImportError:
        pass  # Nobody will ask for MySQL.

answers = sys.stdout
sys.stdout = sys.stderr  # What else is printed is no answer.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

given = json.loads(sys.argv[1])
settings.configure(**given["settings"])
django.setup()

commands = {}
for name in given["modules"]:
    for function, value in vars(importlib.import_module(name)).items():
        if getattr(value, "__module__", None) == name and callable(value) and not function.startswith("_"):
            commands[function] = value


def answer(message):
    print(json.dumps(message), file=answers, flush=True)


answer({"id": 0, "value": django.get_version()})
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer({"id": asked["id"], "value": commands[asked["call"]](*asked["args"])})
    except Exception as error:
        answer({"id": asked["id"], "error": "%s: %s" % (type(error).__name__, error)})
