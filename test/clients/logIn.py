"""Logs in to databases by their URLs, with the libraries that a Flask app uses.

Reads a JSON list of [client, URL] from standard input, because other users of the machine can see arguments.
Writes a JSON list of each server's answer: who is logged in to what, or why the login failed.
"""

import json
import sys

import psycopg
import psycopg2
import redis
import sqlalchemy

WHO = "SELECT current_user, current_database()"


def with_psycopg(url):
    with psycopg.connect(url) as connection:
        return list(connection.execute(WHO).fetchone())


def with_psycopg2(url):
    connection = psycopg2.connect(url)
    try:
        cursor = connection.cursor()
        cursor.execute(WHO)
        return list(cursor.fetchone())
    finally:
        connection.close()


def with_sqlalchemy(url):
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            return [*connection.execute(sqlalchemy.text(WHO)).one(), engine.driver]
    finally:
        engine.dispose()


def with_sqlalchemy_and_psycopg(url):
    return with_sqlalchemy(url.replace("postgresql://", "postgresql+psycopg://", 1))


def with_redis(url):
    client = redis.Redis.from_url(url, decode_responses=True)
    try:
        client.set("prediction", "0.87")
        return [client.get("prediction")]
    finally:
        client.close()


CLIENTS = {
    "psycopg": with_psycopg,
    "psycopg2": with_psycopg2,
    "SQLAlchemy": with_sqlalchemy,
    "SQLAlchemy with psycopg": with_sqlalchemy_and_psycopg,
    "redis-py": with_redis,
}
REFUSALS = (
    psycopg.OperationalError,
    psycopg2.OperationalError,
    sqlalchemy.exc.OperationalError,
    redis.exceptions.ConnectionError,  # A refused password, user or certificate.
)


def log_in(client, url):
    try:
        return CLIENTS[client](url)
    except REFUSALS as refusal:
        return str(refusal)


json.dump([log_in(client, url) for client, url in json.load(sys.stdin)], sys.stdout)
