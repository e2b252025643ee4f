"""Accounts and services."""

from typing import Any

from postmortems.models import Service, User
from tests.factories.boy import DjangoModelFactory, factory

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory):  # type: ignore[misc]
    """Somebody with an account, whose password is ``PASSWORD``."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    display_name = factory.Sequence(lambda n: f"Person {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, **kwargs)


class ServiceFactory(DjangoModelFactory):  # type: ignore[misc]
    """A service that an incident can touch."""

    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"service-{n}")
