"""What notices say, in the languages they are written in. Plain data; ``noticetexts`` puts it together.

In ``link`` stands ``{link}``, the customer's own answer link. "recall" and "withdrawal" are told apart as the
law does (21 CFR 7.3(g); Regulation (EC) 178/2002, art. 19): goods are called back, or taken out of trade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LINK = "{link}"
"""Stands where the answer link comes; it is written in only when the notice goes out."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    name: str
    urgent: str
    recall: str
    withdrawal: str
    reminder: str
    more_lots: str
    ended: str
    greeting: str
    first_recall: str
    first_withdrawal: str
    again: str
    more: str
    over_closed: str
    over_called_off: str
    goods: str
    item: str
    gtin: str
    lot: str
    serial: str
    quantity: str
    expires: str
    deliveries: str
    delivery_note: str
    order: str
    no_document: str
    reason: str
    hazard: str
    classification: str
    classes: Mapping[str, str]
    what_to_do: str
    stop: str
    onward: str
    todo: Mapping[str, str]
    answer: str
    link: str
    contact: str
    contact_only: str
    none_left: str
    reference: str
    page: str
    page_of: str
    regards: str
    telephone: str
    mail: str


EN = Words(
    name="English",
    urgent="URGENT",
    recall="Recall",
    withdrawal="Withdrawal from sale",
    reminder="Reminder",
    more_lots="More lots affected",
    ended="Closed",
    greeting="Dear customer,",
    first_recall="we are recalling the goods below. Our records show that you received them.",
    first_withdrawal="we are withdrawing the goods below from sale. Our records show that you received them.",
    again="we wrote to you on {date} about the goods below and have not had your answer. Please act now.",
    more="since our first notice we have found that the goods below are affected as well.",
    over_closed="this case is closed. You need do nothing more. Thank you for your help.",
    over_called_off="our suspicion was not confirmed. You may use and sell the goods below again.",
    goods="The goods",
    item="Item",
    gtin="GTIN",
    lot="Lot",
    serial="Serial number",
    quantity="Quantity",
    expires="Expires",
    deliveries="Delivered to you",
    delivery_note="delivery note",
    order="your order",
    no_document="without document",
    reason="Why",
    hazard="What may happen",
    classification="Class",
    classes={
        "I": "I – may seriously harm health or life",
        "II": "II – may harm health for a time",
        "III": "III – is unlikely to harm health",
    },
    what_to_do="What to do now",
    stop="Stop using, selling and passing on these goods at once, and keep them apart.",
    onward=(
        "If you have sold or passed them on, tell everybody who received them today and send them this "
        "notice."
    ),
    todo={
        "return": "Send the goods back to us. We pay the carriage.",
        "destroy": "Destroy the goods so that nobody can use them, and tell us how much you destroyed.",
        "hold": "Keep the goods apart and marked until we write to you again.",
    },
    answer="Your answer",
    link="Please answer here: {link}",
    contact="You can also reach us here: {contact}.",
    contact_only="Please answer to: {contact}.",
    none_left="Please answer even if you have none of the goods left.",
    reference="Our reference",
    page="Page",
    page_of="of",
    regards="Kind regards",
    telephone="phone",
    mail="e-mail",
)

DE = Words(
    name="Deutsch",
    urgent="DRINGEND",
    recall="Rückruf",
    withdrawal="Rücknahme aus dem Verkauf",
    reminder="Erinnerung",
    more_lots="Weitere Chargen betroffen",
    ended="Abgeschlossen",
    greeting="Sehr geehrte Damen und Herren,",
    first_recall=(
        "wir rufen die unten genannte Ware zurück. Nach unseren Unterlagen haben Sie davon erhalten."
    ),
    first_withdrawal=(
        "wir nehmen die unten genannte Ware aus dem Verkauf. Nach unseren Unterlagen haben Sie davon "
        "erhalten."
    ),
    again=(
        "am {date} haben wir Ihnen wegen der unten genannten Ware geschrieben und noch keine Antwort "
        "erhalten. "
        "Bitte handeln Sie jetzt."
    ),
    more="seit unserer ersten Mitteilung hat sich gezeigt, dass auch die unten genannte Ware betroffen ist.",
    over_closed="dieser Vorgang ist abgeschlossen. Sie brauchen nichts weiter zu tun. Danke für Ihre Hilfe.",
    over_called_off=(
        "unser Verdacht hat sich nicht bestätigt. Sie können die unten genannte Ware wieder verwenden"
        " und verkaufen."
    ),
    goods="Die Ware",
    item="Artikel",
    gtin="GTIN",
    lot="Charge",
    serial="Seriennummer",
    quantity="Menge",
    expires="Haltbar bis",
    deliveries="An Sie geliefert",
    delivery_note="Lieferschein",
    order="Ihre Bestellung",
    no_document="ohne Beleg",
    reason="Grund",
    hazard="Was geschehen kann",
    classification="Klasse",
    classes={
        "I": "I – kann Gesundheit oder Leben ernsthaft gefährden",
        "II": "II – kann die Gesundheit vorübergehend beeinträchtigen",
        "III": "III – eine Gesundheitsgefahr ist unwahrscheinlich",
    },
    what_to_do="Was jetzt zu tun ist",
    stop=(
        "Verwenden und verkaufen Sie diese Ware ab sofort nicht mehr, geben Sie sie nicht weiter und "
        "sondern Sie sie aus."
    ),
    onward=(
        "Haben Sie die Ware verkauft oder weitergegeben, benachrichtigen Sie bitte noch heute alle "
        "Empfänger und "
        "leiten Sie ihnen diese Mitteilung weiter."
    ),
    todo={
        "return": "Senden Sie die Ware an uns zurück. Wir tragen die Fracht.",
        "destroy": (
            "Vernichten Sie die Ware so, dass niemand sie mehr verwenden kann, und teilen Sie uns die"
            " Menge mit."
        ),
        "hold": "Bewahren Sie die Ware getrennt und gekennzeichnet auf, bis wir Ihnen wieder schreiben.",
    },
    answer="Ihre Antwort",
    link="Bitte antworten Sie hier: {link}",
    contact="Sie erreichen uns auch so: {contact}.",
    contact_only="Bitte antworten Sie an: {contact}.",
    none_left="Bitte antworten Sie auch, wenn Sie nichts mehr von der Ware haben.",
    reference="Unser Zeichen",
    page="Seite",
    page_of="von",
    regards="Mit freundlichen Grüßen",
    telephone="Telefon",
    mail="E-Mail",
)

FR = Words(
    name="Français",
    urgent="URGENT",
    recall="Rappel",
    withdrawal="Retrait de la vente",
    reminder="Relance",
    more_lots="Autres lots concernés",
    ended="Terminé",
    greeting="Madame, Monsieur,",
    first_recall="nous rappelons les marchandises ci-dessous. D’après nos registres, vous en avez reçu.",
    first_withdrawal=(
        "nous retirons de la vente les marchandises ci-dessous. D’après nos registres, vous en avez reçu."
    ),
    again=(
        "nous vous avons écrit le {date} au sujet des marchandises ci-dessous et n’avons pas reçu "
        "votre réponse. "
        "Merci d’agir dès maintenant."
    ),
    more=(
        "depuis notre premier avis, il est apparu que les marchandises ci-dessous sont également concernées."
    ),
    over_closed="ce dossier est clos. Vous n’avez plus rien à faire. Merci de votre aide.",
    over_called_off=(
        "notre soupçon ne s’est pas confirmé. Vous pouvez de nouveau utiliser et vendre les "
        "marchandises ci-dessous."
    ),
    goods="Les marchandises",
    item="Article",
    gtin="GTIN",
    lot="Lot",
    serial="Numéro de série",
    quantity="Quantité",
    expires="Date limite",
    deliveries="Livré chez vous",
    delivery_note="bon de livraison",
    order="votre commande",
    no_document="sans document",
    reason="Motif",
    hazard="Ce qui peut arriver",
    classification="Classe",
    classes={
        "I": "I – peut nuire gravement à la santé ou à la vie",
        "II": "II – peut nuire à la santé de façon passagère",
        "III": "III – ne nuit vraisemblablement pas à la santé",
    },
    what_to_do="Ce qu’il faut faire maintenant",
    stop="Cessez immédiatement d’utiliser, de vendre et de céder ces marchandises, et mettez-les à part.",
    onward=(
        "Si vous les avez vendues ou cédées, prévenez dès aujourd’hui tous ceux qui les ont reçues et "
        "transmettez-leur cet avis."
    ),
    todo={
        "return": "Renvoyez-nous les marchandises. Le transport est à notre charge.",
        "destroy": (
            "Détruisez les marchandises de sorte que personne ne puisse les utiliser, et indiquez-"
            "nous la quantité."
        ),
        "hold": "Gardez les marchandises à part et signalées jusqu’à notre prochain courrier.",
    },
    answer="Votre réponse",
    link="Merci de répondre ici : {link}",
    contact="Vous pouvez aussi nous joindre ici : {contact}.",
    contact_only="Merci de répondre à : {contact}.",
    none_left="Merci de répondre même s’il ne vous reste rien.",
    reference="Notre référence",
    page="Page",
    page_of="sur",
    regards="Cordialement",
    telephone="téléphone",
    mail="courriel",
)

ES = Words(
    name="Español",
    urgent="URGENTE",
    recall="Recuperación de producto",
    withdrawal="Retirada de la venta",
    reminder="Recordatorio",
    more_lots="Más lotes afectados",
    ended="Cerrado",
    greeting="Estimado cliente:",
    first_recall=(
        "Recuperamos del mercado los productos indicados abajo. Según nuestros registros, usted los recibió."
    ),
    first_withdrawal=(
        "Retiramos de la venta los productos indicados abajo. Según nuestros registros, usted los recibió."
    ),
    again=(
        "El {date} le escribimos sobre los productos indicados abajo y no hemos recibido su respuesta. "
        "Le rogamos que actúe ya."
    ),
    more="Desde nuestro primer aviso hemos sabido que los productos indicados abajo también están afectados.",
    over_closed="Este caso está cerrado. No tiene que hacer nada más. Gracias por su ayuda.",
    over_called_off=(
        "Nuestra sospecha no se ha confirmado. Puede volver a usar y vender los productos indicados abajo."
    ),
    goods="Los productos",
    item="Artículo",
    gtin="GTIN",
    lot="Lote",
    serial="Número de serie",
    quantity="Cantidad",
    expires="Caducidad",
    deliveries="Entregado a usted",
    delivery_note="albarán",
    order="su pedido",
    no_document="sin documento",
    reason="Motivo",
    hazard="Qué puede ocurrir",
    classification="Clase",
    classes={
        "I": "I – puede dañar gravemente la salud o la vida",
        "II": "II – puede dañar la salud de forma pasajera",
        "III": "III – es poco probable que dañe la salud",
    },
    what_to_do="Qué hacer ahora",
    stop="Deje de usar, vender y entregar estos productos de inmediato y sepárelos.",
    onward=(
        "Si los ha vendido o entregado a otros, avise hoy mismo a todos los que los recibieron y "
        "envíeles este aviso."
    ),
    todo={
        "return": "Devuélvanos los productos. El transporte corre de nuestra cuenta.",
        "destroy": (
            "Destruya los productos de modo que nadie pueda usarlos y díganos qué cantidad ha destruido."
        ),
        "hold": "Guarde los productos separados y señalados hasta que volvamos a escribirle.",
    },
    answer="Su respuesta",
    link="Responda aquí, por favor: {link}",
    contact="También puede ponerse en contacto con nosotros: {contact}.",
    contact_only="Responda, por favor, a: {contact}.",
    none_left="Responda también si ya no le queda nada.",
    reference="Nuestra referencia",
    page="Página",
    page_of="de",
    regards="Un cordial saludo",
    telephone="teléfono",
    mail="correo electrónico",
)

PL = Words(
    name="Polski",
    urgent="PILNE",
    recall="Wycofanie produktu od odbiorców",
    withdrawal="Wycofanie ze sprzedaży",
    reminder="Przypomnienie",
    more_lots="Kolejne partie objęte sprawą",
    ended="Zakończone",
    greeting="Szanowni Państwo,",
    first_recall=(
        "wycofujemy od odbiorców towary wymienione poniżej. Według naszych zapisów otrzymali je Państwo."
    ),
    first_withdrawal=(
        "wycofujemy ze sprzedaży towary wymienione poniżej. Według naszych zapisów otrzymali je Państwo."
    ),
    again=(
        "dnia {date} napisaliśmy do Państwa w sprawie towarów wymienionych poniżej i nie mamy jeszcze"
        " odpowiedzi. "
        "Prosimy działać teraz."
    ),
    more=(
        "po wysłaniu pierwszego zawiadomienia okazało się, że sprawa dotyczy także towarów wymienionych "
        "poniżej."
    ),
    over_closed="sprawa jest zakończona. Nie muszą Państwo robić nic więcej. Dziękujemy za pomoc.",
    over_called_off=(
        "nasze podejrzenie się nie potwierdziło. Towary wymienione poniżej można znów używać i sprzedawać."
    ),
    goods="Towary",
    item="Artykuł",
    gtin="GTIN",
    lot="Partia",
    serial="Numer seryjny",
    quantity="Ilość",
    expires="Termin ważności",
    deliveries="Dostarczono Państwu",
    delivery_note="dowód dostawy",
    order="Państwa zamówienie",
    no_document="bez dokumentu",
    reason="Powód",
    hazard="Co może się stać",
    classification="Klasa",
    classes={
        "I": "I – może poważnie zagrozić zdrowiu lub życiu",
        "II": "II – może przejściowo zaszkodzić zdrowiu",
        "III": "III – szkoda dla zdrowia jest mało prawdopodobna",
    },
    what_to_do="Co należy teraz zrobić",
    stop="Prosimy natychmiast przestać używać, sprzedawać i przekazywać te towary oraz odłożyć je osobno.",
    onward=(
        "Jeśli towary zostały sprzedane lub przekazane dalej, prosimy jeszcze dziś zawiadomić "
        "wszystkich odbiorców "
        "i przesłać im to zawiadomienie."
    ),
    todo={
        "return": "Prosimy odesłać towary do nas. Koszt przewozu ponosimy my.",
        "destroy": "Prosimy zniszczyć towary tak, aby nikt nie mógł ich użyć, i podać nam zniszczoną ilość.",
        "hold": "Prosimy przechowywać towary osobno i z oznaczeniem, aż napiszemy ponownie.",
    },
    answer="Państwa odpowiedź",
    link="Prosimy odpowiedzieć tutaj: {link}",
    contact="Można też skontaktować się z nami: {contact}.",
    contact_only="Prosimy odpowiedzieć na: {contact}.",
    none_left="Prosimy odpowiedzieć także wtedy, gdy nic już nie zostało.",
    reference="Nasz znak",
    page="Strona",
    page_of="z",
    regards="Z poważaniem",
    telephone="telefon",
    mail="e-mail",
)

LANGUAGES: Mapping[str, Words] = {"en": EN, "de": DE, "fr": FR, "es": ES, "pl": PL}
"""By ISO 639 code; whoever has another language gets English."""


def language_of(code: str) -> str:
    """The language a notice is written in for somebody of this one.

    >>> language_of("de-AT"), language_of("PL"), language_of("tr"), language_of("")
    ('de', 'pl', 'en', 'en')
    """
    short = code.strip().lower()[:2]
    return short if short in LANGUAGES else "en"
