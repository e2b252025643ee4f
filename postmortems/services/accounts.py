"""Creating and changing accounts."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from postmortems.models import User


def refuse_taken_email(email: str, user: User) -> None:
    """Raises ValidationError when an account other than the user's has an address."""
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise ValidationError(_("%(email)s has an account already."), "taken", {"email": email})


@transaction.atomic
def create_account(user: User) -> User:
    """Creates an account without a usable password: an invitation, or single sign-on, lets its owner in.

    Raises ValidationError.
    """
    user.email = user.email.strip().lower()
    user.set_unusable_password()
    user.clean_fields()
    _save(user)
    return user


@transaction.atomic
def edit_account(user: User) -> User:
    """Saves an account as staff changed it. Its former address no longer signs in.

    Deactivating ends its sessions: the sign-in backend refuses it on the next request. Raises
    ValidationError.
    """
    user.email = user.email.strip().lower()
    user.clean_fields()
    _save(user, ["email", "display_name", "language", "time_zone", "is_staff", "is_active"])
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    return user


def edit_profile(user: User) -> User:
    """Saves what people may change about themselves. Raises ValidationError."""
    user.clean_fields(exclude=["email", "password"])
    user.save(update_fields=["display_name", "language", "time_zone"])
    return user


def choose_language(user: User, language: str) -> User:
    """Saves the language of the interface that somebody switched to. Raises ValidationError."""
    user.language = language
    user.clean_fields(exclude=["email", "password", "display_name", "time_zone"])
    user.save(update_fields=["language"])
    return user


def give_password(user: User, password: str) -> User:
    """Saves a password that its owner did not choose, as that of a demo account is."""
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def _save(user: User, fields: Iterable[str] | None = None) -> None:
    """Somebody may take the address between the form's look at it and the write."""
    try:
        with transaction.atomic():
            user.save(force_insert=fields is None, update_fields=fields)
    except IntegrityError:
        try:
            refuse_taken_email(user.email, user)
        except ValidationError as taken:
            raise ValidationError({"email": taken}) from None
        raise
