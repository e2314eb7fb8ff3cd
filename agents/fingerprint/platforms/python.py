"""Python: packages, comprehensions, local functions."""

import re

from agents.fingerprint.platforms.platform import Platform, replacements, whole_modules

PYTHON = Platform(
    library_modules=whole_modules(
        "_pytest aiohttp anyio asgiref asyncio botocore boto3 bottle celery cherrypy click concurrent contextlib "
        "django dramatiq falcon fastapi flask flask_restful functools gevent grpc gunicorn httpcore httpx huey importlib "
        "jinja2 kombu logging mod_wsgi multiprocessing pluggy psycopg psycopg2 pydantic pymysql pyramid pytest redis "
        "requests rest_framework rq runpy sanic sentry_sdk simplejson sqlalchemy starlette threading tornado twisted "
        "typer unittest urllib urllib3 uvicorn uvloop waitress webob werkzeug wsgiref"
    ),
    library_paths=("/site-packages/", "/dist-packages/", "/lib/python2.", "/lib/python3.", "/lib/pypy"),
    library_path_starts=("<frozen ", "<builtin"),
    function=replacements(
        (r"\.<locals>\.<lambda>$", ""),  # a lambda is named by the function around it
        (r"(?:\.<locals>)?\.(<(?:list|dict|set)comp>|<genexpr>)$", r".\1"),
    ),
    # CPython 3.12 runs comprehensions without a frame of their own (PEP 709).
    generated=re.compile(r"(?:^|\.)<(?:listcomp|dictcomp|setcomp|genexpr)>$"),
)
