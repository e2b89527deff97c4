"""The smallest function that answers; the specs beside it need some code to point at."""


def handler(event: dict, context: object) -> dict:
    return {"statusCode": 200, "body": "{}"}
