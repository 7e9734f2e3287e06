"""What the page says on which a customer answers, in the languages of the notices. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """The words of one language; ``{…}`` are filled in."""

    name: str
    recall: str
    withdrawal: str
    lead: str
    to_do: str
    goods: str
    goods_hint: str
    received: str
    lot: str
    expires: str
    delivery: str
    back_already: str
    found: str
    destroyed: str
    returning: str
    sold_on: str
    none_left: str
    none_left_hint: str
    never_got: str
    never_got_hint: str
    recipients: str
    recipients_hint: str
    recipient: str
    reach: str
    quantity: str
    more_rows: str
    remark: str
    files: str
    files_hint: str
    who: str
    who_name: str
    who_contact: str
    send: str
    said_before: str
    faults: str
    bad_quantity: str
    bad_name: str
    bad_recipient: str
    bad_file: str
    bad_empty: str
    bad_other: str
    too_large: str
    too_many: str
    files_again: str
    thanks: str
    kept: str
    still_open: str
    settled: str
    again: str
    closed: str
    closed_text: str
    unknown: str
    unknown_text: str
    slow: str
    slow_text: str
    call: str
    reference: str
    language: str


EN = AnswerWords(
    name="English",
    recall="Recall",
    withdrawal="Withdrawal from sale",
    lead="{company} asks you, {customer}: what became of these goods?",
    to_do="What to do",
    goods="What you received",
    goods_hint="Say how much of each became what. Leave empty what does not apply.",
    received="Received: {quantity} {unit}",
    lot="Lot",
    expires="best before {day}",
    delivery="Delivery note {documents}",
    back_already="{quantity} {unit} of it came back to us already.",
    found="Still with you, kept apart",
    destroyed="Destroyed",
    returning="On its way back to us",
    sold_on="Sold on or used",
    none_left="We have none of it left",
    none_left_hint="All of it was sold or used, apart from what you fill in above.",
    never_got="We never received it",
    never_got_hint="We look for it then, and call you.",
    recipients="Whom you sold it on to",
    recipients_hint="Only businesses, not consumers. You can send a list as a file instead.",
    recipient="Name",
    reach="Telephone, e-mail or address",
    quantity="Quantity",
    more_rows="More rows",
    remark="Anything else we should know",
    files="Photos or files",
    files_hint="JPEG, PNG, WebP, PDF, TXT, CSV or XLSX; 10 MB each, 20 MB together.",
    who="Who answers",
    who_name="Your name",
    who_contact="Your telephone or e-mail",
    send="Send the answer",
    said_before="This is what you told us on {when}. Send it again with what has changed.",
    faults="Nothing was sent yet",
    bad_quantity="Write the quantity as a number, like 12 or 3.5.",
    bad_name="Say who you are.",
    bad_recipient="Say who it is.",
    bad_file="This file cannot be kept. {files_hint}",
    bad_empty="Fill in how much is left, or say that you have none.",
    bad_other="This could not be kept. Open the page again.",
    too_large="The files are larger than 20 MB together. Nothing was sent. Send fewer, or call us.",
    too_many="These are too many files at once. Nothing was sent.",
    files_again="Choose your files again: they did not come through.",
    thanks="Thank you. Your answer is with us.",
    kept="Received on {when}, reference {reference}.",
    still_open="For {count} of the goods above we do not know everything yet. Please answer again when you"
    " do.",
    settled="Nothing else is open. Please keep apart what you still have until we write or collect it.",
    again="Change the answer",
    closed="This page is closed",
    closed_text="Nothing can be sent here any more. If you have something to tell us, please call.",
    unknown="This page is not known",
    unknown_text="Copy the whole address from our letter, or scan its code.",
    slow="Too many attempts",
    slow_text="Please wait ten minutes, and open the address from our letter again.",
    call="Questions: {contact}",
    reference="Our reference",
    language="Language",
)

DE = AnswerWords(
    name="Deutsch",
    recall="Rückruf",
    withdrawal="Rücknahme aus dem Handel",
    lead="{company} fragt Sie, {customer}: Was ist aus dieser Ware geworden?",
    to_do="Was zu tun ist",
    goods="Was Sie erhalten haben",
    goods_hint="Sagen Sie je Charge, was aus welcher Menge wurde. Was nicht zutrifft, bleibt leer.",
    received="Erhalten: {quantity} {unit}",
    lot="Charge",
    expires="mindestens haltbar bis {day}",
    delivery="Lieferschein {documents}",
    back_already="{quantity} {unit} davon sind schon wieder bei uns.",
    found="Noch bei Ihnen, gesperrt",
    destroyed="Vernichtet",
    returning="Auf dem Weg zurück zu uns",
    sold_on="Weiterverkauft oder verbraucht",
    none_left="Wir haben nichts mehr davon",
    none_left_hint="Alles wurde verkauft oder verbraucht, außer dem, was Sie oben eintragen.",
    never_got="Wir haben die Ware nie erhalten",
    never_got_hint="Dann forschen wir nach und rufen Sie an.",
    recipients="An wen Sie weiterverkauft haben",
    recipients_hint="Nur Betriebe, keine Verbraucher. Sie können auch eine Liste als Datei senden.",
    recipient="Name",
    reach="Telefon, E-Mail oder Anschrift",
    quantity="Menge",
    more_rows="Mehr Zeilen",
    remark="Was wir noch wissen sollten",
    files="Fotos oder Dateien",
    files_hint="JPEG, PNG, WebP, PDF, TXT, CSV oder XLSX; je 10 MB, zusammen 20 MB.",
    who="Wer antwortet",
    who_name="Ihr Name",
    who_contact="Ihr Telefon oder Ihre E-Mail",
    send="Antwort senden",
    said_before="Das haben Sie uns am {when} gesagt. Senden Sie es noch einmal mit dem, was sich geändert"
    " hat.",
    faults="Noch nichts gesendet",
    bad_quantity="Schreiben Sie die Menge als Zahl, wie 12 oder 3,5.",
    bad_name="Sagen Sie, wer Sie sind.",
    bad_recipient="Sagen Sie, wer es ist.",
    bad_file="Diese Datei kann nicht angenommen werden. {files_hint}",
    bad_empty="Tragen Sie ein, wie viel noch da ist, oder sagen Sie, dass Sie nichts mehr haben.",
    bad_other="Das konnte nicht angenommen werden. Öffnen Sie die Seite noch einmal.",
    too_large="Die Dateien sind zusammen größer als 20 MB. Nichts wurde gesendet. Senden Sie weniger, oder"
    " rufen"
    " Sie an.",
    too_many="Das sind zu viele Dateien auf einmal. Nichts wurde gesendet.",
    files_again="Wählen Sie die Dateien bitte noch einmal aus: Sie sind nicht angekommen.",
    thanks="Danke. Ihre Antwort ist bei uns.",
    kept="Eingegangen am {when}, Zeichen {reference}.",
    still_open="Von {count} der Waren oben wissen wir noch nicht alles. Bitte antworten Sie wieder, wenn"
    " Sie mehr"
    " wissen.",
    settled="Es ist nichts weiter offen. Halten Sie bitte getrennt, was Sie noch haben, bis wir schreiben"
    " oder"
    " es abholen.",
    again="Antwort ändern",
    closed="Diese Seite ist geschlossen",
    closed_text="Hier kann nichts mehr gesendet werden. Wenn Sie uns etwas zu sagen haben, rufen Sie bitte"
    " an.",
    unknown="Diese Seite gibt es nicht",
    unknown_text="Kopieren Sie die ganze Adresse aus unserem Brief, oder scannen Sie den Code.",
    slow="Zu viele Versuche",
    slow_text="Warten Sie bitte zehn Minuten und öffnen Sie die Adresse aus unserem Brief noch einmal.",
    call="Fragen: {contact}",
    reference="Unser Zeichen",
    language="Sprache",
)

FR = AnswerWords(
    name="Français",
    recall="Rappel",
    withdrawal="Retrait de la vente",
    lead="{company} vous demande, {customer} : que sont devenues ces marchandises ?",
    to_do="Ce qu'il faut faire",
    goods="Ce que vous avez reçu",
    goods_hint="Indiquez pour chaque lot quelle quantité est devenue quoi. Laissez vide ce qui ne"
    " s'applique pas.",
    received="Reçu : {quantity} {unit}",
    lot="Lot",
    expires="à consommer de préférence avant le {day}",
    delivery="Bon de livraison {documents}",
    back_already="{quantity} {unit} nous sont déjà revenus.",
    found="Encore chez vous, mis à part",
    destroyed="Détruit",
    returning="En retour vers nous",
    sold_on="Revendu ou utilisé",
    none_left="Il ne nous en reste plus",
    none_left_hint="Tout a été vendu ou utilisé, sauf ce que vous indiquez ci-dessus.",
    never_got="Nous n’avons jamais reçu ces marchandises",
    never_got_hint="Nous les rechercherons et vous appellerons.",
    recipients="À qui vous avez revendu",
    recipients_hint="Seulement des entreprises, pas des consommateurs. Vous pouvez aussi joindre une liste.",
    recipient="Nom",
    reach="Téléphone, e-mail ou adresse",
    quantity="Quantité",
    more_rows="Plus de lignes",
    remark="Autre chose à nous dire",
    files="Photos ou fichiers",
    files_hint="JPEG, PNG, WebP, PDF, TXT, CSV ou XLSX ; 10 Mo chacun, 20 Mo ensemble.",
    who="Qui répond",
    who_name="Votre nom",
    who_contact="Votre téléphone ou e-mail",
    send="Envoyer la réponse",
    said_before="Voici ce que vous nous avez dit le {when}. Renvoyez-le avec ce qui a changé.",
    faults="Rien n'a encore été envoyé",
    bad_quantity="Écrivez la quantité en chiffres, comme 12 ou 3,5.",
    bad_name="Dites-nous qui vous êtes.",
    bad_recipient="Dites de qui il s'agit.",
    bad_file="Ce fichier ne peut pas être reçu. {files_hint}",
    bad_empty="Indiquez ce qui reste, ou dites qu'il ne vous en reste plus.",
    bad_other="Cela n'a pas pu être reçu. Ouvrez la page à nouveau.",
    too_large="Les fichiers dépassent 20 Mo ensemble. Rien n'a été envoyé. Envoyez-en moins, ou"
    " appelez-nous.",
    too_many="Trop de fichiers à la fois. Rien n'a été envoyé.",
    files_again="Choisissez de nouveau vos fichiers : ils ne sont pas arrivés.",
    thanks="Merci. Votre réponse nous est parvenue.",
    kept="Reçue le {when}, référence {reference}.",
    still_open="Pour {count} des marchandises ci-dessus, nous ne savons pas encore tout. Répondez à"
    " nouveau dès que"
    " vous en savez plus.",
    settled="Rien d'autre n'est en suspens. Gardez à part ce qui vous reste jusqu'à notre lettre ou notre"
    " passage.",
    again="Modifier la réponse",
    closed="Cette page est fermée",
    closed_text="On ne peut plus rien envoyer ici. Si vous avez quelque chose à nous dire, appelez-nous.",
    unknown="Cette page n'existe pas",
    unknown_text="Copiez l'adresse entière de notre lettre, ou scannez son code.",
    slow="Trop d'essais",
    slow_text="Attendez dix minutes, puis ouvrez à nouveau l'adresse de notre lettre.",
    call="Questions : {contact}",
    reference="Notre référence",
    language="Langue",
)

ES = AnswerWords(
    name="Español",
    recall="Retirada del mercado",
    withdrawal="Retirada de la venta",
    lead="{company} le pregunta, {customer}: ¿qué ha sido de esta mercancía?",
    to_do="Qué hacer",
    goods="Lo que recibió",
    goods_hint="Indique de cada lote qué cantidad acabó dónde. Deje vacío lo que no corresponda.",
    received="Recibido: {quantity} {unit}",
    lot="Lote",
    expires="consumir preferentemente antes del {day}",
    delivery="Albarán {documents}",
    back_already="{quantity} {unit} ya han vuelto a nosotros.",
    found="Todavía con ustedes, apartado",
    destroyed="Destruido",
    returning="De vuelta a nosotros",
    sold_on="Vendido o consumido",
    none_left="No nos queda nada",
    none_left_hint="Todo se vendió o se consumió, salvo lo que indique arriba.",
    never_got="Nunca recibimos la mercancía",
    never_got_hint="La buscaremos y le llamaremos.",
    recipients="A quién se lo vendió",
    recipients_hint="Solo empresas, no consumidores. También puede enviar una lista como archivo.",
    recipient="Nombre",
    reach="Teléfono, correo o dirección",
    quantity="Cantidad",
    more_rows="Más filas",
    remark="Algo más que debamos saber",
    files="Fotos o archivos",
    files_hint="JPEG, PNG, WebP, PDF, TXT, CSV o XLSX; 10 MB cada uno, 20 MB en total.",
    who="Quién responde",
    who_name="Su nombre",
    who_contact="Su teléfono o correo",
    send="Enviar la respuesta",
    said_before="Esto nos dijo el {when}. Envíelo otra vez con lo que haya cambiado.",
    faults="Todavía no se ha enviado nada",
    bad_quantity="Escriba la cantidad como número, como 12 o 3,5.",
    bad_name="Diga quién es usted.",
    bad_recipient="Diga quién es.",
    bad_file="Este archivo no se puede recibir. {files_hint}",
    bad_empty="Indique cuánto queda, o diga que no les queda nada.",
    bad_other="Esto no se pudo recibir. Abra la página otra vez.",
    too_large="Los archivos pasan de 20 MB en total. No se envió nada. Envíe menos, o llámenos.",
    too_many="Son demasiados archivos a la vez. No se envió nada.",
    files_again="Elija otra vez sus archivos: no han llegado.",
    thanks="Gracias. Hemos recibido su respuesta.",
    kept="Recibida el {when}, referencia {reference}.",
    still_open="De {count} de los productos de arriba aún no lo sabemos todo. Responda otra vez cuando"
    " sepa más.",
    settled="No queda nada pendiente. Mantenga apartado lo que aún tenga hasta que escribamos o lo"
    " recojamos.",
    again="Cambiar la respuesta",
    closed="Esta página está cerrada",
    closed_text="Aquí ya no se puede enviar nada. Si tiene algo que decirnos, llámenos.",
    unknown="Esta página no existe",
    unknown_text="Copie la dirección entera de nuestra carta, o escanee su código.",
    slow="Demasiados intentos",
    slow_text="Espere diez minutos y abra otra vez la dirección de nuestra carta.",
    call="Preguntas: {contact}",
    reference="Nuestra referencia",
    language="Idioma",
)

PL = AnswerWords(
    name="Polski",
    recall="Wycofanie od odbiorców",
    withdrawal="Wycofanie ze sprzedaży",
    lead="{company} pyta Państwa ({customer}): co stało się z tym towarem?",
    to_do="Co zrobić",
    goods="Co Państwo otrzymali",
    goods_hint="Proszę podać dla każdej partii, co stało się z jaką ilością. Niepotrzebne pola zostawić"
    " puste.",
    received="Otrzymano: {quantity} {unit}",
    lot="Partia",
    expires="najlepiej spożyć przed {day}",
    delivery="Dowód dostawy {documents}",
    back_already="{quantity} {unit} wróciło już do nas.",
    found="Jeszcze u Państwa, odłożone",
    destroyed="Zniszczone",
    returning="W drodze powrotnej do nas",
    sold_on="Sprzedane lub zużyte",
    none_left="Nic nam nie zostało",
    none_left_hint="Wszystko sprzedano lub zużyto oprócz tego, co podano wyżej.",
    never_got="Nigdy nie otrzymaliśmy tego towaru",
    never_got_hint="Poszukamy go i zadzwonimy.",
    recipients="Komu towar odsprzedano",
    recipients_hint="Tylko firmy, nie konsumenci. Można też przesłać listę jako plik.",
    recipient="Nazwa",
    reach="Telefon, e-mail lub adres",
    quantity="Ilość",
    more_rows="Więcej wierszy",
    remark="Co jeszcze powinniśmy wiedzieć",
    files="Zdjęcia lub pliki",
    files_hint="JPEG, PNG, WebP, PDF, TXT, CSV lub XLSX; do 10 MB każdy, razem 20 MB.",
    who="Kto odpowiada",
    who_name="Imię i nazwisko",
    who_contact="Telefon lub e-mail",
    send="Wyślij odpowiedź",
    said_before="To przekazali nam Państwo {when}. Proszę wysłać ponownie z tym, co się zmieniło.",
    faults="Nic jeszcze nie wysłano",
    bad_quantity="Proszę podać ilość jako liczbę, na przykład 12 lub 3,5.",
    bad_name="Proszę podać, kto odpowiada.",
    bad_recipient="Proszę podać, kto to jest.",
    bad_file="Tego pliku nie można przyjąć. {files_hint}",
    bad_empty="Proszę podać, ile zostało, albo że nic nie zostało.",
    bad_other="Tego nie udało się przyjąć. Proszę otworzyć stronę ponownie.",
    too_large="Pliki mają razem ponad 20 MB. Nic nie wysłano. Proszę wysłać mniej albo zadzwonić.",
    too_many="To za dużo plików naraz. Nic nie wysłano.",
    files_again="Proszę ponownie wybrać pliki: nie dotarły.",
    thanks="Dziękujemy. Mamy Państwa odpowiedź.",
    kept="Otrzymano {when}, sygnatura {reference}.",
    still_open="O {count} z powyższych towarów nie wiemy jeszcze wszystkiego. Prosimy odpowiedzieć"
    " ponownie, gdy"
    " będzie wiadomo więcej.",
    settled="Nic więcej nie pozostaje do wyjaśnienia. To, co jeszcze Państwo mają, prosimy trzymać osobno do"
    " naszego listu lub odbioru.",
    again="Zmień odpowiedź",
    closed="Ta strona jest zamknięta",
    closed_text="Tutaj nic już nie można wysłać. Jeśli mają nam Państwo coś do przekazania, prosimy"
    " zadzwonić.",
    unknown="Nie ma takiej strony",
    unknown_text="Proszę skopiować cały adres z naszego listu albo zeskanować kod.",
    slow="Za dużo prób",
    slow_text="Proszę odczekać dziesięć minut i otworzyć adres z naszego listu ponownie.",
    call="Pytania: {contact}",
    reference="Nasza sygnatura",
    language="Język",
)

ANSWER_LANGUAGES: Mapping[str, AnswerWords] = {"en": EN, "de": DE, "fr": FR, "es": ES, "pl": PL}
"""Language (ISO 639-1) → its words."""
