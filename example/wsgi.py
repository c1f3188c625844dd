"""The app that gunicorn serves. `flask` finds it here, too."""

from flaskml import create_app

app = create_app()
