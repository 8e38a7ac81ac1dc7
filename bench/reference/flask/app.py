"""The seed's stack, Flask with SQLAlchemy and PyJWT, for the requests that the benchmark compares."""

import os
from datetime import date
from functools import wraps

import jwt
from flask import Flask, abort, g, jsonify, request
from sqlalchemy import create_engine, literal_column, select
from sqlalchemy.orm import Session, sessionmaker

from models import Project, ProjectMember, Task, TaskNumber, User

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"], pool_size=5, max_overflow=5)
make_session = sessionmaker(engine)

CHANGEABLE = ("title", "description", "status", "priority", "start_on", "due_on", "due_at", "position")
# The expression of the index tasks_due_idx.
DUE = literal_column("coalesce(tasks.due_at, timezone('UTC', (tasks.due_on + 1)::timestamp), 'infinity')")


def db() -> Session:
    if "db" not in g:
        g.db = make_session()
    return g.db


@app.teardown_appcontext
def close_session(_error):
    session = g.pop("db", None)
    if session is not None:
        session.close()


def login_required(view):
    @wraps(view)
    def checked(*args, **kwargs):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            abort(401)
        try:
            claims = jwt.decode(
                token,
                os.environ["JWT_SECRET_KEY"],
                algorithms=["HS256"],
                audience="tasktrail",
                issuer="tasktrail",
            )
        except jwt.InvalidTokenError:
            abort(401)
        user = db().get(User, claims["sub"])
        if user is None or user.disabled_at is not None or user.deleted_at is not None:
            abort(401)
        g.user, g.expires = user, claims["exp"]
        return view(*args, **kwargs)

    return checked


def visible_project(id, *roles) -> Project:
    found = db().execute(
        select(Project, ProjectMember.role)
        .join(ProjectMember, ProjectMember.project_id == Project.id)
        .where(Project.id == id, ProjectMember.user_id == g.user.id, Project.deleted_at.is_(None))
    ).first()
    if found is None:
        abort(404)
    if roles and found.role not in roles:
        abort(403)
    return found.Project


def visible_task(id, *roles) -> Task:
    found = db().execute(
        select(Task, ProjectMember.role)
        .join(ProjectMember, ProjectMember.project_id == Task.project_id)
        .where(Task.id == id, ProjectMember.user_id == g.user.id, Task.deleted_at.is_(None))
    ).first()
    if found is None:
        abort(404)
    if roles and found.role not in roles:
        abort(403)
    return found.Task


def tagged(task: Task, status=200):
    response = jsonify(task.to_dict())
    response.status_code = status
    response.headers["ETag"] = f'"{task.version}-{task.project.key}-{task.number}"'
    return response


@app.get("/health")
def health():
    return jsonify(status="ok", version="0.1.0")


@app.get("/api/v1/auth/validate")
@login_required
def validate():
    return jsonify(
        user={"id": str(g.user.id), "email": g.user.email, "name": g.user.name, "role": g.user.role},
        expires=g.expires,
    )


@app.get("/api/v1/tasks/<uuid:id>")
@login_required
def read_task(id):
    return tagged(visible_task(id))


@app.get("/api/v1/projects/<uuid:id>/tasks")
@login_required
def list_tasks(id):
    project = visible_project(id)
    limit = min(request.args.get("limit", 50, type=int), 200)
    query = select(Task).where(Task.project_id == project.id, Task.deleted_at.is_(None))
    if "status" in request.args:
        query = query.where(Task.status.in_(request.args["status"].split(",")))
    order = DUE if request.args.get("sort") == "due" else Task.position
    tasks = db().scalars(query.order_by(order, Task.id).limit(limit + 1)).all()
    return jsonify(
        items=[task.to_dict() for task in tasks[:limit]],
        next_cursor=str(tasks[limit - 1].id) if len(tasks) > limit else None,
    )


def changes() -> dict:
    body = request.get_json()
    if not isinstance(body, dict) or any(name not in CHANGEABLE for name in body):
        abort(400)
    if "title" in body and not (isinstance(body["title"], str) and 0 < len(body["title"]) <= 500):
        abort(400)
    for name in ("start_on", "due_on"):
        if body.get(name):
            body[name] = date.fromisoformat(body[name])
    return body


@app.post("/api/v1/projects/<uuid:id>/tasks")
@login_required
def create_task(id):
    project = visible_project(id, "owner", "editor")
    numbers = db().scalars(
        select(TaskNumber).where(TaskNumber.project_id == project.id).with_for_update()
    ).one()
    numbers.last_number += 1
    task = Task(
        **changes(),
        project=project,
        number=numbers.last_number,
        position=numbers.last_number,
        created_by=g.user.id,
    )
    db().add(task)
    db().commit()
    response = tagged(task, 201)
    response.headers["Location"] = f"/api/v1/tasks/{task.id}"
    return response


@app.patch("/api/v1/tasks/<uuid:id>")
@login_required
def update_task(id):
    task = visible_task(id, "owner", "editor")
    for name, value in changes().items():
        setattr(task, name, value)
    task.version += 1
    db().commit()
    return tagged(task)
