"""What the sign-in page says about the demo."""

from typing import NamedTuple

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

from config.auth import DEMO_DOMAIN
from config.demo import ACCOUNTS, PASSWORD
from postmortems.domain.document import Role
from postmortems.models import User
from postmortems.models.choices import label

register = template.Library()


class DemoAccount(NamedTuple):
    """An account that anybody may try: its address and password, and who it is in the demo."""

    email: str
    password: str
    name: str
    part: str


@register.simple_tag
def demo_accounts() -> list[DemoAccount]:
    """The demo accounts that can sign in now; none where DEMO is off or the demo is not loaded."""
    if not settings.DEMO:
        return []
    known = User.objects.filter(email__endswith=DEMO_DOMAIN, is_active=True)
    names = {user.email: str(user) for user in known}
    others = {"reader": _("Reader"), "outsider": _("Reader"), "admin": _("Administration")}
    roles = {role.value: label(role) for role in Role}
    return [
        DemoAccount(email, PASSWORD, names[email], {**others, **roles}[login])
        for login in ACCOUNTS
        if (email := f"{login}{DEMO_DOMAIN}") in names
    ]
