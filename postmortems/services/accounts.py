"""Creating and changing accounts."""

from allauth.account.models import EmailAddress
from django.db import transaction

from postmortems.models import User


@transaction.atomic
def create_account(user: User) -> User:
    """Creates an account without a usable password: an invitation, or single sign-on, lets its owner in.

    Raises ValidationError.
    """
    user.email = user.email.strip().lower()
    user.set_unusable_password()
    user.clean_fields()
    user.save(force_insert=True)
    return user


@transaction.atomic
def edit_account(user: User) -> User:
    """Saves an account as staff changed it. Its former address no longer signs in.

    Deactivating ends its sessions: the sign-in backend refuses it on the next request. Raises
    ValidationError.
    """
    user.email = user.email.strip().lower()
    user.clean_fields()
    user.save(update_fields=["email", "display_name", "language", "time_zone", "is_staff", "is_active"])
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    return user


def edit_profile(user: User) -> User:
    """Saves what people may change about themselves. Raises ValidationError."""
    user.clean_fields(exclude=["email", "password"])
    user.save(update_fields=["display_name", "language", "time_zone"])
    return user
