"""The contract every channel keeps: how it is registered, set up and described."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import channels
from channels import CHANNELS, build, settings_of
from channels.base import Channel
from tests.channels.case import CASES, channel_of, load
from tests.channels.contract import WITH_PROVIDER, assert_discreet, secrets_of

MODULES = [module.name for module in pkgutil.iter_modules(channels.__path__)]


def test_every_provider_module_is_registered_under_its_name() -> None:
    found = {
        name
        for name in MODULES
        for _, member in inspect.getmembers(importlib.import_module(f"channels.{name}"), inspect.isclass)
        if member.__module__ == f"channels.{name}" and hasattr(member, "authenticate") and member is not Channel
    }
    assert found == set(CHANNELS)


def test_every_channel_has_cases_and_no_cases_are_orphans() -> None:
    assert {path.stem for path in CASES.glob("*.json")} == set(CHANNELS)


@pytest.mark.parametrize("type", CHANNELS)
def test_a_provider_imports_no_other_provider_and_cites_its_source(type: str) -> None:
    module = importlib.import_module(f"channels.{type}")
    source = inspect.getsource(module)
    assert not [other for other in CHANNELS if re.search(rf"channels(\.| import .*\b){other}\b", source)]
    assert module.__doc__
    assert "https://" in module.__doc__ or type == "webchat"


@pytest.mark.parametrize("type", CHANNELS)
def test_settings_explain_themselves_and_secrets_are_marked(type: str) -> None:
    for field in settings_of(type):
        assert field.metadata["help"].endswith("."), field.name
        sounds_secret = re.search(r"secret|token|password|api_key|private_key", field.name) is not None
        assert field.metadata["secret"] == sounds_secret, field.name
        assert field.repr != field.metadata["secret"], field.name


@pytest.mark.parametrize("type", CHANNELS)
def test_length_and_segments_are_told(type: str) -> None:
    assert CHANNELS[type].type == type
    assert CHANNELS[type].max_length >= 160
    assert isinstance(CHANNELS[type].segmented, bool)


@pytest.mark.parametrize("type", CHANNELS)
def test_settings_missing_empty_or_unknown_are_named_and_never_shown(type: str) -> None:
    good = load(type)["settings"]
    required = [field.name for field in settings_of(type) if field.default == "" or field.name in good]
    for name in required:
        if any(field.name == name and field.default == "" for field in settings_of(type)):
            continue
        for bad in ({**good, name: "  "}, {key: value for key, value in good.items() if key != name}):
            with pytest.raises(ValueError, match=rf"^channel {type}: missing {name}$") as fault:
                build(type, bad)
            assert_discreet(type, str(fault.value))
    with pytest.raises(ValueError, match=rf"^channel {type}: unknown colour$") as fault:
        build(type, {**good, "colour": "vermilion"})
    assert "vermilion" not in str(fault.value)


def test_an_unknown_type_is_refused_by_name_of_the_known() -> None:
    with pytest.raises(ValueError, match=r"unknown channel type; known are .*telegram.*twilio"):
        build("pigeon", {})


@pytest.mark.parametrize("type", WITH_PROVIDER)
@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan", "inf"])
def test_a_timeout_is_a_number_of_seconds(type: str, seconds: str) -> None:
    with pytest.raises(ValueError, match="timeout is not a number of seconds"):
        build(type, {**load(type)["settings"], "timeout": seconds})
    assert build(type, {**load(type)["settings"], "timeout": " 2.5 "}).timeout == 2.5


@pytest.mark.parametrize("type", WITH_PROVIDER)
def test_an_address_begins_with_https(type: str) -> None:
    with pytest.raises(ValueError, match=f"^channel {type}: api_url does not begin with https://$"):
        build(type, {**load(type)["settings"], "api_url": "api.example.com"})


@pytest.mark.parametrize(
    "type, name",
    [
        (type, name)
        for type in CHANNELS
        for name in ("path_secret", "webhook_secret", "secret")
        if name in load(type)["settings"]
    ],
)
def test_a_secret_that_proves_by_itself_holds_128_bits(type: str, name: str) -> None:
    for weak in ("short", "0123456789abcdef0123456789", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"):
        with pytest.raises(ValueError, match=f"^channel {type}: {name} must hold at least 128 random bits") as fault:
            build(type, {**load(type)["settings"], name: weak})
        assert weak not in str(fault.value)


@pytest.mark.parametrize("type", CHANNELS)
def test_secrets_are_not_in_the_repr(type: str) -> None:
    assert secrets_of(type)
    assert_discreet(type, repr(channel_of(type)))
