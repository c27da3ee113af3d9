"""Accounts of staff, the posts they hold, and citizens (by a random id and a keyed hash of their number)."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")


class Users(BaseUserManager["User"]):
    def create_user(self, username: str, name: str, password: str | None = None, **fields: Any) -> User:
        """A new account; without a password nobody can sign in with it until one is set."""
        user = self.model(username=username, name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who signs in. What they may do follows from their posts alone: there is no superuser."""

    username = models.CharField("账号", max_length=64, unique=True)
    name = models.CharField("姓名", max_length=40)
    phone_key = models.CharField(max_length=64, blank=True, default="")  # `phones.keyed`
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class Post(models.Model):
    """A user in a role at a unit, from a moment until a moment. Written by `grants` only."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=32)
    unit = models.CharField(max_length=32)
    grid = models.CharField(max_length=32, blank=True, default="")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    granted_by = models.CharField(max_length=64)  # an actor, as events name it
    granted_event = models.CharField(max_length=64)  # hash of the event, in hex

    class Meta:
        indexes: ClassVar = [models.Index(fields=["unit", "role"], name="people_post_of_unit")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "unit", "grid"],
                condition=Q(until=None),
                name="people_post_held_once",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(until=None, role__in=ADMINISTRATORS),
                name="people_one_kind_of_administrator",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="people_post_ends_later"
            ),
        ]


class Contact(models.Model):
    """One way to reach a user outside the application. The address lies in the vault under `user:…`; here is only its
    commitment. Written by `contacts` only."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=16)  # `contacts.KINDS`
    address = models.CharField(max_length=64)
    when = models.CharField(max_length=8)  # `contacts.WHEN`

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind"], name="people_one_contact_of_a_kind")
        ]


class Person(models.Model):
    """A citizen. Name and number lie in the vault under the person's id; here are only their commitments."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    phone_key = models.CharField(max_length=64, null=True, unique=True)
    phone = models.CharField(max_length=64, blank=True, default="")
    name = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(phone_key=None), name="people_erased_is_not_found"
            )
        ]
