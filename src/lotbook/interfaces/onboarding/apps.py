"""Django's name card of this room."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """Registers the room under the label ``onboarding``."""

    name = "lotbook.interfaces.onboarding"
    label = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"
