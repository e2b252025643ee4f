"""factory-boy without its annotations, by which a factory returns itself instead of its model's row."""

from typing import Any

import factory as _factory
import factory.django as _django

factory: Any = _factory
DjangoModelFactory: Any = _django.DjangoModelFactory
