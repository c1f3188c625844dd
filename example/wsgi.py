"""What gunicorn serves, and what `flask` finds by itself in this folder."""

from flaskml import create_app

app = create_app()
