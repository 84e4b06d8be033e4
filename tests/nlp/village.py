"""A small made-up programme for the tests of the analysis: three categories, two languages, little else."""

from __future__ import annotations

from nlp.knowledge import Category, Knowledge

VILLAGE = Knowledge(
    programme="kijiji",
    languages=("en", "sw"),
    categories=(
        Category(
            "water",
            words={"en": ("water", "tap", "borehole"), "sw": ("maji", "bomba", "kisima")},
            examples={
                "en": (
                    "no water since monday", "the tap is dry again", "water from the borehole is dirty",
                    "we buy water at a high price", "the tap near the church is broken", "there was no water the whole week",
                ),
                "sw": (
                    "hakuna maji tangu jana", "bomba imevunjika", "maji ni chafu sana", "kisima kimekauka",
                    "tunanunua maji bei ghali", "bomba ya maji haifanyi kazi",
                ),
            },
        ),
        Category(
            "electricity",
            urgent=False,
            words={"en": ("electricity", "light", "blackout", "power"), "sw": ("stima", "umeme", "giza")},
            examples={
                "en": (
                    "no light in our plot", "blackout since yesterday", "the power went at night", "electricity bill is too high",
                    "the transformer burnt and we have no power", "we stay in darkness, no electricity",
                ),
                "sw": (
                    "hakuna stima tangu jana", "stima imepotea usiku", "umeme umekatika", "tuko kwa giza wiki nzima",
                    "bili ya umeme ni kubwa", "transfoma imeharibika hakuna umeme",
                ),
            },
        ),
        Category(
            "safety",
            urgent=True,
            sensitive="violence",
            words={"en": ("thieves", "gang", "robbery"), "sw": ("wezi", "genge", "wizi")},
            examples={
                "en": (
                    "thieves broke into our house", "a gang robs people at the stage", "robbery every night near the bridge",
                    "gang with knives on the road", "thieves took my phone", "no police and the gang is back",
                ),
                "sw": (
                    "wezi wamevunja nyumba", "genge linaibia watu stage", "wizi kila usiku karibu na daraja",
                    "genge lenye visu barabarani", "wezi walichukua simu yangu", "hakuna polisi na genge limerudi",
                ),
            },
        ),
    ),
)  # fmt: skip
