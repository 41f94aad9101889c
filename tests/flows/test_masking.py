"""Masking: each kind in its customary forms, what must stay, formatting moved to fit, and any text at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts_ru as texts
from bot.flows.masking import Masked, mask, mask_part, move_entities, speaks_of_code
from tests.corpus.costly_texts import COSTLY, longest

TO_MASK = [
    ("snils", "112-233-445 95"),
    ("snils", "112 233 445 95"),
    ("snils", "11223344595"),
    ("snils", "112-233-445-95"),
    ("snils", "СНИЛС 123-456-789 00"),
    ("snils", "снилс ребёнка: 12345678900"),
    ("passport", "45 12 345678"),
    ("passport", "4512 345678"),
    ("passport", "4512 № 345678"),
    ("passport", "паспорт 4512345678"),
    ("passport", "паспорт серия 45 12 номер 345 678"),
    ("passport", "паспорт Украины FE123456"),
    ("passport", "паспорт РБ МР 1234567"),
    ("passport", "паспорт Казахстана N12345678"),
    ("passport", "узбекский паспорт FA 1234567"),
    ("passport", "паспорт иностранного гражданина, серия AB, номер 1234567"),
    ("passport", "номер паспорта: 1234567"),
    ("passport", "паспорт № 123456"),
    ("passport", "паспорт гражданина Казахстана № 12345678"),
    ("passport", "паспорт Азербайджана AZE 12345678"),
    ("birth", "IV-ОБ № 123456"),
    ("birth", "iv-об 123456"),
    ("birth", "IV-ОБ №123456"),
    ("birth", "1V-OБ № 123456"),
    ("birth", "ІІ-МЮ № 654321"),
    ("birth", "свидетельство о рождении III ДД 123456"),
    ("phone", "+7 (910) 123-45-67"),
    ("phone", "+79101234567"),
    ("phone", "8 910 1234567"),
    ("phone", "8-910-123-45-67"),
    ("phone", "8(910)1234567"),
    ("phone", "89101234567"),
    ("phone", "8 (4912) 12-34-56"),
    ("phone", "(4912) 12-34-56"),
    ("phone", "910-123-45-67"),
    ("phone", "9101234567"),
    ("phone", "позвоните 12-34-56"),
    ("phone", "+375 29 123-45-67"),
    ("phone", "+1 (202) 555-0123"),
    ("email", "ivan.petrov+1@mail.ru"),
    ("email", "Иван@школа.рф"),
    ("email", "ivan @ mail.ru"),
    ("email", "ivan собака mail.ru"),
    ("card", "4111 1111 1111 1111"),
    ("card", "4111-1111-1111-1111"),
    ("card", "4111111111111111"),
    ("card", "3782 822463 10005"),
    ("card", "4111 1111 1111 1112"),
    ("code", "мой код 4412"),
    ("code", "код подтверждения: 123456"),
    ("code", "код из смс 44-12"),
    ("code", "пришло 4412 в смс"),
    ("code", "123 456 это код"),
    ("password", "пароль: qwerty1"),
    ("password", "Пароль - Qwerty_12"),
    ("password", "мой пароль qwerty123"),
]

STAYS = [
    "паспорт менялся в мае, индекс 390000",
    "паспорт сверила, заявка на портале 3100001",
    "паспорт верный, обращение № 1234567",
    "паспорт поменяли с 01.09.2025",
    "паспорт на 500000 руб",
    "паспорт 2020-2021",
    "7Б",
    "11 А класс",
    "№17",
    "обращение 1234567",
    "обращение №123456, код не приходит",
    "12.05.2025",
    "с 01.09.2025 по 31.05.2026",
    "2025-2026 учебный год",
    "1 500 000 рублей",
    "мне 15 лет, школа №43",
    "в 12:30",
    "уроки 8 9 10 11 12 13 14",
    "оценки 5 4 3 5 5 2",
    "код ошибки 500",
    "код ошибки 5001",
    "код не приходит с 2024 года",
    "код не приходит уже 15 минут",
    "в 2025 году смс не приходит",
    "8 800 100-70-10",
    "8-800-100-70-10",
    "88001007010",
    "8 (800) 100-70-10",
    "+7 800 100 70 10",
    "пароль не подходит",
    "забыла пароль от Госуслуг",
    "12345678901234567890123",
    "4412",
    "https://lk.gosuslugi.ru/profile/family",
    "напишите @school43",
]


# Whole messages: what is to be masked stands in braces, behind its kind; not a sign more may go.
MESSAGES = [
    # the label on one line, the number on the next
    "Код подтверждения:\n{code:482913}",
    "Код\n{code:4829}",
    "Паспорт\nсерия {passport:4510\nномер 123456}",
    "Паспорт:\n{passport:45 10 123456}\nвыдан 12.05.2015",
    "Телефон:\n{phone:27-45-67}",
    "Телефон\n{phone:8 910 123-45-67}",
    "пароль:\n{password:qwerty12}",
    "Логин: {email:ivanova@mail.ru}\nПароль: {password:Солнышко}",
    "{birth:II-ОБ\n№ 123456}",
    "СНИЛС\n{snils:112-233-445 95}",
    "СНИЛС ребёнка:\n{snils:11223344595}\nСНИЛС мой:\n{snils:112 233 445 96}",
    "карта\n{card:4276 1234 5678 9012}",
    # birth certificates
    "серия {birth:II-ОБ, номер 123456}",
    "{birth:II-ОБ, № 123456}",
    "{birth:II-ОБ №  123456}",
    "{birth:II-ОБ №123 456}",
    "{birth:Ⅱ-ОБ № 123456}",
    "св-во о рождении {birth:II-ОБ, номер 123456}",
    "Свид. о рожд. {birth:III-МЮ 654321}",
    "свидетельство о рождении {birth:2-ОБ 123456} выдано в Рязани",
    "свидетельство {birth:II-ОБ N 123456}, папа уже вводил",
    "вот свидетельство дочки {birth:П-ОБ № 123456}",
    "номер свидетельства о рождении {birth:123456}",
    "метрика: серия {birth:I-ОБ номер 765432}",
    # passports
    "паспорт {passport:4510-123456}",
    "Паспортные данные: {passport:4510 123456}, выдан УВД",
    "пасп. {passport:4510 123 456}",
    "серия {passport:4510, № 123456}",
    "серия и номер: {passport:45 10 123456}",
    "загран {passport:71 № 1234567}",
    "Паспорт РФ серия: {passport:4510, номер: 123456}",
    # cards
    "карта {card:4276 1234 5678 9012} сбер",
    "оплачивала с карты {card:4276123456789012}",
    "номер карты {card:2202-2001-2345-6789}",
    "деньги верните на карту: {card:2202 2001 2345 6789}, Иванова А.",
    # СНИЛС
    "снилс {snils:1 1 2 2 3 3 4 4 5 9 5}",
    "Снилс {snils:112.233.445.95}",
    "снилс у сына {snils:112-233-445/95}",
    "СНИЛСы: мой {snils:112-233-445 95}, сына {snils:123-456-789 64}",
    "страховой номер {snils:112 233 445 95}",
    "снилс без последних цифр {snils:112-233-445}",
    # phones
    "{phone:4912 27-45-67}",
    "звоните {phone:27-45-67} после шести",
    "мой номер {phone:27-45-67}",
    "тел. {phone:274567}",
    "тел. {phone:27-45-67} 12 мая буду дома",
    "мой телефон {phone:8 910 1234567}, звоните с 9 до 18",
    "позвоните после 18:00 {phone:27-45-67}",
    "мама {phone:+7-910-123-45-67}, папа {phone:89109876543}",
    "вотсап {phone:8(910)123 45 67}",
    "Наберите {phone:5-12-34}, это бабушка",
    "для связи: {phone:910 123 45 67}",
    "{phone:123-45-67} городской",
    "{phone:8 9 1 0 1 2 3 4 5 6 7}",
    "https://wa.me/{phone:79101234567}",
    # e-mail
    "почта {email:ivanova@mail ru}",
    "{email:ivanova@yandex}",
    "почта {email:ivanova @ mail . ru}",
    "{email:ivanova собака мейл точка ру}",
    "мейл {email:petrov_ivan собачка yandex.ru}, ответьте туда",
    "{email:ivanova@gmail,com}",
    "{email:Petrov.Ivan-2012@school-43.edu.ru}.",
    # codes
    "Госуслуги прислали смс: {code:482913}",
    "Код для входа {code:482-913}. Никому не сообщайте",
    "{code:482913} — код подтверждения, вводить?",
    "пришёл код из 6 цифр {code:482913}",
    "код пришел такой {code:4829}, не подходит",
    "вот код, пришёл маме: {code:482 913}",
    "код {code:4 8 2 9 1 3}",
    "ввожу код {code:482913} 15 раз, не пускает",
    "смс пришло, там {code:4829}",
    "код {code:2024} из смс не принимает",
    "пин-код {code:1234}",
    "одноразовый пароль {code:482913}",
    "коды: {code:4829}",
    "цифры из сообщения {code:482913}",
    # passwords
    "пароль: {password:Маша2012}",
    "пароль {password:Маша2012}",
    "пароль такой: {password:qwerty12}",
    "пароль от дневника: {password:qwerty12}!",
    "пароль на госуслуги {password:Qwerty12}",
    "сменила пароль на {password:Qwerty_12} и всё равно не пускает",
    "логин/пароль: {password:ivanova/Qwerty12}",
    "логин пароль {password:ivanova Qwerty12}",
    "Логин ivanova пароль {password:Qwerty12}",
    "мой пароль {password:sunflower}",
    "password={password:Abc123}",
    "Пароль: {password:Солнышко}, дальше не пускает",
    "позвонила в школу {phone:89101234567}, не отвечают",
    "осталось 2500\n\nКод\n{code:482913}",
    "ей пришло {code:482913}, это код?\nкабинет 4123",
    "выдаёт ошибки\nКод\n{code:4829}",
    "Телефон:\n{phone:27-45-67} дневник не открывается",
    "{passport:4510 №123456} маршрут",
    "{code:482913}\nэто код",
    # as they come, all at once
    "Здравствуйте! Не пускает в дневник. Иванов Пётр, 7Б, СНИЛС {snils:112-233-445 95}, мой тел {phone:89101234567}",
    "Добрый день, паспорт мамы {passport:45 10 123456}, почта {email:ivanova-78@yandex.ru}. Ошибка 4041 с 01.09.2025",
    "снилс {snils:112-233-445-95}\nсвидетельство {birth:II-ОБ № 123456}\nтел {phone:(4912) 27-45-67}\n7 «Б», шк. №43",
    "Код {code:482913} ввёл в 18:40, ответ «ошибка 500»",
    "зашла под {phone:+7 910 123 45 67} пароль {password:Ryazan2025}!",
    "не приходит смс на номер {phone:8-910-123-45-67}",
    "мой ник @ivanova, телефон {phone:8 910 123 4567}",
    "Дочь 2010 г.р., паспорт {passport:6120 654321} получила 12.05.2024",
    "смс с кодом {code:1234}, класс 7Б, школа 43",
    "{phone:89101234567} {email:a@b.ru} {snils:11223344595}",
    "снилс: {snils:112 233 445 95}; паспорт: {passport:4510 123456}; карта: {card:2202 2001 2345 6789}",
    "позвоните мужу {phone:8910 123 45 67} или мне {phone:8 910 765-43-21}",
    "звонить: {phone:8 (910) 123-45-67} (Мария)",
    "Тел.: {phone:+7(910)1234567}",
    "{phone:8.910.123.45.67}",
    "телефон мамы {phone:9101234567}, папы {phone:9107654321}",
    "Мой номер {phone:8 910 12 34 567}",
    "вайбер {phone:+375 (29) 123-45-67}",
    "с номера {phone:8 910 123 45 67} пришёл код {code:4829}",
    "Снилс сына-{snils:112-233-445 95}",
    "снилс {snils:112  233  445  95}",
    "СНИЛС №{snils:11223344595}",
    "снилс:{snils:112-233-445 96}",
    "в журнале снилс {snils:11223344596}, а надо {snils:11223344595}",
    "пасспорт {passport:4510 123456}",
    "{passport:4510 №123456}",
    "Паспорт: серия {passport:4510 №: 123456}",
    "ПАСПОРТ {passport:4510   123456}",
    "св-во {birth:II-ОБ 123456}",
    "Свидетельство о рождении серии {birth:IV - ОБ №123456} от 15.03.2012",
    "свид-во о рождении: {birth:111-ОБ 123456}",
    "Свидетельство: {birth:ІІ–ОБ № 123456}",
    "моя почта ivanova точка маша тут {email:masha.ivanova@bk.ru}",
    "E-mail:\n{email:ivanova_m@inbox.ru}",
    "{email:IVANOVA@MAIL.RU}",
    "{email:иванова@яндекс.рф}",
    "карта {card:4276 5500 1234 567 8}",
    "Мир {card:2200 7001 2345 6789}",
    "Visa {card:4276-5500-1234-5678}, срок 12/27",
    "код из пуша {code:482913}",
    "приходит только «{code:482913} - код для входа на Госуслуги»",
    "Код: {code:0042}",
    "код,который пришёл - {code:482913}",
    "Мама, смс {code:4829}",
    "ей пришло {code:482913}, это код?",
    "мой пин {code:4829}",
    "kod oshibki 5021",
    "Пароль-{password:Qwerty12}",
    "parol: {password:Qwerty12}",
    "moy parol {password:Qwerty12} ne podhodit",
    "пасворд {password:Qwerty12} не подходит",
    "kod {code:4829} prishel",
    "пароль = {password:Qwerty12!@#x}",
    "пароль «{password:Qwerty12}»",
    "пароль у меня был {password:qwerty2012}",
    "ЛОГИН: {phone:89101234567}\nПАРОЛЬ: {password:Vesna_2025}",
    # the order that nobody thinks of
    "номер паспорта: {passport:123456, серия 4510}",
    "{birth:II ОБ 123456}",
    "домашний {phone:27-45-67}",
    "{code:482913} никому не сообщайте код",
    "пороль {password:qwerty12}",
    "карта {card:4276 1234\n5678 9012}",
    "Ваш код: {code:482913}. Если вы не запрашивали код, сообщите на 8 800 100-70-10",
]

HARMLESS = [
    "Подали заявление, номер 4512345678, жду ответа",
    "Госуслуги пишут: заявление зарегистрировано под номером 5678901234",
    "request id: 1234567890",
    "trace-id 123456789012",
    "телефон горячей линии: 8 (800) 100-70-10; забыла пароль от Госуслуг",
    "звонила на 8 800 100-70-10 смс так и нет",
    "оплатили 9000 2000 30, а потом 1000, 2000, 3000, 4000",
    "уроки 8:30-9:15, 9:25-10:10, 10:30-11:15",
    "оценки: 4, 5, 3, 5, 5, 4, 4, 5, 3, 4, 5",
    "упр. 123, 124, 125, 126, стр. 45",
    "пробовала 24.11 в 18:30, 25.11 в 7:15 и 26.11 в 8:05",
    "восемь часов девять минут",
    "раз два три четыре пять не работает",
    "один, два, три, четыре, пять, шесть, семь, восемь, девять, десять",
    "смс ждали тридцать минут, сорок пять минут, два часа",
    "двадцать пять человек, девять лет, сто рублей",
    "ошибка 4041 123456",
    "ошибка 4041, код не приходит",
    "Ошибка с кодом 50012",
    "ошибка №4041, смс тоже нет",
    "error code 4041",
    "пишет ошибку 500123, телефон новый",
    "на телефоне ошибка 50012",
    "СНИЛС не принимает, ошибка 12345678901",
    "заявление 2345 678901",
    "заявление № 4567890123 на рассмотрении",
    "заявление 2345678901 от 12.05.2025",
    "№ обращения 9123456789",
    "Номер обращения: 9123456789, ответа нет",
    "оплатили 9000 2000 30",
    "с телефона Samsung A52 2021 не заходит",
    "телефон Redmi 12 2023 года",
    "на телефоне iPhone 15 2024 не открывается",
    "смс не приходит на Samsung A52 2021",
    "на телефоне с 12.05.2025 не работает",
    "телефон не ловит с 01.09",
    "звонила в школу 3 раза 27 сентября",
    "звонила на 8 800 100-70-10, сказали в школу",
    "снилс не найден, звонили 88001007010",
    "код не приходит с 2025",
    "с 2025 смс не приходит",
    "смс не приходит в 2025-2026 учебном году",
    "смс пришло в 18 00",
    "код приходил 1000 раз",
    "в школе 1561 смс не приходит",
    "школа 1561, код не приходит",
    "лицей 1535 код не подходит",
    "код региона 7762",
    "код города 4912",
    "код не пришёл, 7Б класс",
    "смс нет\nкласс 10А\nшкола №43",
    "дочка 2012 года рождения, 7Б",
    "сын 12.03.2012 г.р., 5В",
    "родился 12.03.2012",
    "уроки с 08:30 до 14:15",
    "Иванов Пётр, 7 «Б», шк. 43",
    "обед стоит 150 рублей, за месяц 3 300",
    "с карты списали 3300 рублей",
    "карта питания не работает с 1 сентября",
    "осталось 12 345 руб. 67 коп.",
    "билет 1234 567890",
    "заказ 4111111111111111",
    "кабинет 4123",
    "пароль не подходит, 3 попытки",
    "пароль не подходит: 2 раза ввела",
    "забыла пароль от Госуслуг 01.09.2025",
    "пароль и логин те же",
    "пароль: не помню",
    "пароль mos.ru не подходит",
    "пароль SMS не приходит",
    "забыла пароль\n7Б класс",
    "Incorrect password or login",
    "паспорт менял в 2024 году",
    "паспорт получила 15.08.2025, в журнале старый",
    "паспорта нет, мне 13 лет",
    "серия ошибок 500 502 504",
    "свидетельство о рождении получали в 2012",
    "нет свидетельства, заявление 123456",
    "в ЛК № 123456 ничего нет",
    "шаг 3 из 5, сделал 1 2 3",
    "согласие дал 05.11.2025 в 19:40",
    "ждём уже 5 рабочих дней",
    "мы с @school43 ru говорили",
    "напишите на сайт school43.ru",
    "оценки за четверть: 5 5 4 5 4 3 5",
    "версия приложения 12.5.2045",
    "Android 14, Chrome 131.0.6778.81",
    "IP 192.168.100.200",
    "https://dnevnik.example.ru/feed?date=2025-09-01",
    "УИН 18810562240812345678",
    "14 15 16 17 18 сентября не работало",
    "нас в семье 4, школьников 2",
    "каникулы 27.10-04.11",
    "+1 голос",
    "7Б, 8В и 9А не видят оценки",
    "школа №43, корпус 2, каб. 305",
    "25 ноября в 18:30 родительское собрание",
    "собрание 25.11 в 18-30",
    "оплатила 4 500 р. за питание 3 раза",
    "обращение №17 закрыли, а не работает",
    "ответили по обращению 17 от 24.11.2026",
    "тикет 123456 и 123457",
    "номер ошибки 123456",
    "Ошибка: 0x80070005",
    "ошибка 503 Service Unavailable",
    "ГБОУ Школа № 1234, 10Б",
    "в 2024-2025 году было, в 2025-2026 нет",
    "учусь с 2018 года",
    "1 сентября 2025 года пошла в 1 класс",
    "мне 17, через 3 месяца 18",
    "на 10 минут пустило, потом опять",
    "Windows 10, браузер Яндекс 24.10.1.598",
    "скидка 1000 рублей, осталось 2500",
    "маршрут 45, остановка 12",
    "ул. Ленина, д. 45, кв. 123",
    "индекс 390000",
    "п. 3.2.1 инструкции, шаг 4",
    "дом 12 корп 3",
    "дневник не найден 3 день 24 25 26 ноября",
    "телефон разрядился, 5%, в 12:30 зайду",
    "телефон доверия 8-800-2000-122",
    "звоните на горячую линию 8 800 2000 122",
    "телефон горячей линии: 8 (800) 100-70-10",
    "112 и 911",
    "код не нужен, класс 9В, 2 человека",
    "смс за 30 рублей",
    "смс 3 раза за 2 дня",
    "приходит код, ввожу, пишет 4 попытки осталось",
    "код домофона 1234",
    "СНИЛС есть, свидетельство есть, 7Б",
    "СНИЛС получили 12.05.2013",
    "СНИЛС в журнале с ошибкой в 2 цифрах",
    "паспорт с 14 лет, а мне 13",
    "Ошибка 12345, код 1 не приходит",
    "1 000 000 раз пробовал",
    "ответ через 24 часа, прошло 48",
    "счёт 5:3 в пользу ошибки",
    "0,5 балла за 3 четверть",
    "5-7 дней, потом ещё 10-15",
    "чек 123456 от 24.11.2026",
    "дневник 2.0",
    "сайт в 404 ушёл",
    "100% заряд, 4G, 2 симки",
    "новый пароль выдали в школе 43",
    "пароль должен быть от 8 до 20 символов",
    "пароль состоит из 8 символов",
    "пароль меняла 01.09.2025",
    "Мой снилс заканчивается на 95",
    "Номер заявления на госуслугах 4567891234, смотрите",
    "Ошибка (код: 10021)",
    "расписание: 1) 08:30-09:15 2) 09:25-10:10",
    "письмо №45-12/345 от 12.05.2025",
    "2025/2026 уч. год код не пришел",
    "паспорт менял в 2024 году\n\nСнилс тоже, ошибка 500123",
    "СНИЛС получили 12.05.2013\n7Б класс",
    "осталось 2500\nКод не приходит",
]

DOCUMENTS = [
    ("мой ИНН", "771234567890"), ("ИНН", "7712345678"), ("инн:", "77 12 345678 90"), ("ИНН ребёнка", "7712-345678-90"),
    ("полис ОМС", "7712345678901234"), ("полис", "7712 3456 7890 1234"), ("омс №", "77 1234567890 1234"),
    ("номер полиса:\n", "7712345678901234"), ("полис", "1234567890"), ("счёт", "40817810099910004312"),
    ("р/с", "40817 810 0 9991 0004312"), ("лицевой счёт", "123456789012"), ("", "40817810099910004312"),
    ("ЕСИА id", "1000298922"), ("мой id", "12345678"), ("учётная запись", "1000298922"), ("", "1000298922"),
    ("https://esia.example/user?id=", "1000298922"), ("свидетельство", "2-ОБ 123456"), ("вот", "2-ОБ 987654"),
    ("свидетельство о рождении", "2 ОБ № 123456"), ("военный билет", "АК 1234567"), ("приписное", "АК № 1234567"),
    ("военник", "1234567"), ("снилс", "1122334-45-95"), ("вот", "5544332-45-95"), ("", "11 22 33 44 595"),
    ("снилс", "112_233_445_95"), ("", "112.233.44595"), ("", "1122-3344-595"), ("загранпаспорт", "75 1234567"),
    ("права", "99 12 345678"), ("права", "77 АА 123456"), ("водительское удостоверение", "9912345678"),
    ("аттестат", "06204000123456"), ("паспорт", "4510.123456"), ("", "4510.123456"), ("", "45-10-123456"),
    ("логин", "9161234567"), ("студенческий", "123456"), ("диплом", "1234567890123"), ("ВНЖ", "82 1234567"),
    ("вид на жительство", "82 № 1234567"), ("временное убежище", "ВУ 1234567"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "number"), DOCUMENTS)
def test_a_number_of_a_document_does_not_pass(word: str, number: str) -> None:
    """Whatever the paper is called, and however its number is parted, the desk does not see it."""
    for frame in ("{}", "слово-171 не пускает; {}; помогите", "Здравствуйте! {}\n7Б", "({})"):
        masked = mask(frame.format(f"{word} {number}"))
        assert number not in masked.text, frame
        assert sum(letter.isdigit() for letter in masked.text) == sum(letter.isdigit() for letter in frame), frame
        assert mask(masked.text).text == masked.text, frame


# As a person reads it, and no pattern does: letters for digits, numbers in words, any signs and ends of lines between.
AS_READ = [
    ("phone", "8 91О 123 45 67"), ("phone", "8 9IO I23 45 67"), ("phone", "8-9ІО-І23-45-67"),
    ("phone", "⑧⑨①⓪①②③④⑤⑥⑦"), ("phone", "⁸⁹¹⁰¹²³⁴⁵⁶⁷"), ("phone", "₈₉₁₀₁₂₃₄₅₆₇"), ("phone", "❽❾❶⓿❶❷❸❹❺❻❼"),
    ("phone", "восемь девятьсот десять сто двадцать три сорок пять шестьдесят семь"),
    ("phone", "восемь девять один ноль один два три четыре пять шесть семь"),
    ("phone", "восемь, девятьсот десять, сто двадцать три, сорок пять, шестьдесят семь"),
    ("phone", "8 девятьсот десять 123 45 67"), ("phone", "8 910 сто двадцать три 45 67"),
    ("snils", "сто двенадцать двести тридцать три четыреста сорок пять девяносто пять"),
    ("passport", "паспорт сорок пять десять сто двадцать три четыреста пятьдесят шесть"),
    ("code", "код сорок восемь двадцать девять тринадцать"), ("code", "код четыре восемь два девять один три"),
    ("phone", "8_910_123_45_67"), ("phone", "8*910*123*45*67"), ("phone", "8,910,123,45,67"),
    ("phone", "8;910;123;45;67"),
    ("phone", "8\n910\n123\n45\n67"), ("phone", "8 910\n123 45 67"), ("phone", "910\n123\n45\n67"),
    ("phone", "8=910=123=45=67"), ("phone", "8·910·123·45·67"), ("phone", "8🙂910🙂123🙂45🙂67"),
    ("phone", "8 910 [123] [45] 67"),
    ("snils", "112*233*445*95"), ("snils", "112,233,445,95"), ("card", "4111\n1111\n1111, 1111"),
    ("passport", "6114\n123456"), ("passport", "61\n14\n123456"), ("passport", "61 14; 123456"),
    ("passport", "61 14 - 123456"), ("passport", "(61 14) 123456"), ("passport", "61 14 / 123456"),
    ("snils", "Cнилс 112233446-96"), ("password", "пaроль: Qwerty12"), ("email", "ivanova cобака mail.ru"),
    ("code", "CVV 123"), ("code", "cvc: 123"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), AS_READ)
def test_what_only_a_person_reads_does_not_pass(kind: str, text: str) -> None:
    for frame in ("{}", "Здравствуйте! {}, не пускает\n7Б класс", "с 24.11 в 18:30, вот: {}"):
        masked = mask(frame.format(text))
        assert masked.found == {kind}, frame
        assert sum(letter.isdigit() for letter in masked.text) <= sum(letter.isdigit() for letter in frame), frame
        assert mask(masked.text) == Masked(masked.text, frozenset()), frame


PARTS = re.compile(r"\{(\w+):([^}]*)\}")


def test_a_message_loses_its_personal_data_and_nothing_else() -> None:
    """One test for all messages, which names those that come out otherwise."""
    expected = {message: PARTS.sub(lambda part: texts.MASKS[part[1]], message) for message in (*MESSAGES, *HARMLESS)}
    masked = {message: mask(PARTS.sub(r"\2", message)).text for message in expected}
    assert len(expected) > 300
    assert [(masked[one], wanted) for one, wanted in expected.items() if masked[one] != wanted] == []


@pytest.mark.parametrize(("kind", "text"), TO_MASK)
def test_is_hidden(kind: str, text: str) -> None:
    masked = mask(f"Вот: {text}, проверьте")
    assert masked.found == {kind}
    assert texts.MASKS[kind] in masked.text
    assert not any(letter.isdigit() for letter in masked.text)
    assert masked.text.startswith("Вот: ") and masked.text.endswith(", проверьте")


@pytest.mark.parametrize("text", STAYS)
def test_stays(text: str) -> None:
    assert mask(text) == Masked(text, frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "8\u00a0910\u202f123‑45–67",
        "８９１０１２３４５６７",
        "8\u200b9\u200b1\u200b0\u200b1234567",
        "٨٩١٠١٢٣٤٥٦٧",
        "8\u2060-\u2060910 — 123 45 67",
    ],
)
def test_unusual_digits_spaces_and_dashes(text: str) -> None:
    assert mask(text).text == texts.MASKS["phone"]


def test_a_wrong_check_digit_is_not_a_snils_but_may_be_a_phone_or_a_slip_of_the_finger() -> None:
    assert mask("89101234567").found == {"phone"}
    assert mask("11223344596").found == {"number"}


def test_a_message_of_digits_is_a_code_only_where_one_was_spoken_of() -> None:
    assert mask(" 44 12 ").found == frozenset()
    assert mask(" 44 12 ", code_expected=True).text == f" {texts.MASKS['code']} "
    assert mask("7Б", code_expected=True).text == "7Б"


@pytest.mark.parametrize("text", ["пришёл {}, не подходит", "вот {}", "{} не подошёл", "{}, спасибо"])
def test_a_code_that_is_expected_is_hidden_with_a_few_words_beside_it(text: str) -> None:
    assert mask(text.format("123456"), code_expected=True).text == text.format(texts.MASKS["code"])


@pytest.mark.parametrize("text", ["{} мой телефон", "{} домашний телефон", "{} это мой городской телефон", "{} тел."])
@pytest.mark.parametrize("number", ["25-45-67", "254567", "2-54-67"])
def test_a_city_phone_is_hidden_also_before_the_word_for_it(text: str, number: str) -> None:
    assert mask(text.format(number)).text == text.format(texts.MASKS["phone"])


@pytest.mark.parametrize(
    "text", ["пришёл код", "Мне прислали смс, что с ней делать?", "вот код:", "КОД НЕ ПОДХОДИТ", "[код скрыт]"]
)
def test_after_talk_of_a_code_one_is_expected(text: str) -> None:
    assert speaks_of_code(text)


@pytest.mark.parametrize("text", [None, "", "пишет код ошибки", "дневник не найден", "кодекс", "какой код региона?"])
def test_after_other_talk_none_is(text: str | None) -> None:
    assert not speaks_of_code(text)


@pytest.mark.parametrize("text", [
        "12 05 2025", "4", "123", "8 910 123-45-67", "ошибка 4041", "123456789", "кабинет 1234", "с 2023 по 2024",
        "в 2024 году не пришло", "3000 рублей", "школа 1234", "вошли в 18 00", "в 18 30", "в 1830", "сын 2012",
        "дом 4512", "стоит 1500",
    ],
)  # fmt: skip
def test_what_is_no_code_is_none_where_one_is_expected(text: str) -> None:
    assert "code" not in mask(text, code_expected=True).found


def test_everything_in_one_message() -> None:
    masked = mask("Иванов, 7Б, тел. 8 910 123-45-67, снилс 112-233-445 95, a@b.ru, код 1234")
    assert masked.found == {"phone", "snils", "email", "code"}
    assert masked.text.startswith("Иванов, 7Б, тел. [")


def test_formatting_moves_with_its_words() -> None:
    text = "😀 код 4412 и слово"
    masked = mask(text)
    mark = texts.MASKS["code"]
    assert masked.spans == ((7, 11, mark),)
    whole, inside, after, before, across = move_entities([(7, 4), (8, 2), (14, 5), (0, 2), (3, 6)], masked)
    assert whole == inside == (7, len(mark))
    assert after == (14 + len(mark) - 4, 5)
    assert before == (0, 2)
    assert across == (3, 4 + len(mark))
    assert masked.text.encode("utf-16-le")[after[0] * 2 : sum(after) * 2].decode("utf-16-le") == "слово"


@pytest.mark.parametrize(
    ("whole", "part", "left"),
    [
        ("😀 пароль такой: sunflower12, верный?", "sunflower12, верный", "[пароль скрыт], верный"),
        ("паспорт 4512 345678 мой", "345678 мой", "[паспорт скрыт] мой"),
        ("пришёл код 482913", "пришёл", "пришёл"),
        ("другой текст", "тел 274567", "тел [телефон скрыт]"),
    ],
)
def test_a_part_hides_what_its_whole_hides(whole: str, part: str, left: str) -> None:
    place = len(whole[: max(0, whole.find(part))].encode("utf-16-le")) // 2
    assert mask_part(whole, part, place) == left
    assert mask_part(whole, part, 99) == left


def test_formatting_of_no_length_is_dropped() -> None:
    assert move_entities([(0, 0)], mask("код 4412")) == [None]


def _snils(number: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return f"{total % 101 % 100:02}"


def _with_luhn(number: str) -> str:
    for last in "0123456789":
        digits = [int(digit) for digit in reversed(number + last)]
        doubled = [digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4) for at, digit in enumerate(digits)]
        if sum(doubled) % 10 == 0:
            return number + last
    raise AssertionError(number)


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


snils_numbers = _digits(9).flatmap(
    lambda number: st.sampled_from(
        [
            f"{number}{_snils(number)}",
            f"{number[:3]}-{number[3:6]}-{number[6:]} {_snils(number)}",
            f"{number[:3]} {number[3:6]} {number[6:]} {_snils(number)}",
        ]
    )
)
phones = st.tuples(_digits(9), st.sampled_from(["+7{}", "8{}", "+7 {}", "8 {}", "8-{}"])).flatmap(
    lambda drawn: st.sampled_from(
        [
            drawn[1].format(shape.format(*(f"9{drawn[0]}"[a:b] for a, b in ((0, 3), (3, 6), (6, 8), (8, 10)))))
            for shape in ("{}{}{}{}", "({}) {}-{}-{}", " {} {} {} {}", "{}-{}-{}-{}", "({}){}{}{}")
        ]
    )
)
cards = st.tuples(st.sampled_from("2345"), _digits(14)).flatmap(
    lambda drawn: st.sampled_from(
        [
            (whole := _with_luhn(drawn[0] + drawn[1])),
            " ".join(whole[at : at + 4] for at in range(0, 16, 4)),
            "-".join(whole[at : at + 4] for at in range(0, 16, 4)),
        ]
    )
)
surroundings = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=40)
prose = st.text("абвгдежз кодсмспароль паспорт 123 №:;,.-+()@\n[]", max_size=40)


@given(
    st.one_of(surroundings, prose.map(lambda text: f"{text} ")),
    st.one_of(snils_numbers, phones, cards, st.emails()),
    st.one_of(surroundings, prose.map(lambda text: f" {text}")),
)
def test_nothing_generated_gets_through(before: str, secret: str, after: str) -> None:
    assert secret not in mask(f"{before}{secret}{after}").text


@given(
    st.one_of(
        st.text(st.characters(), max_size=200),
        prose,
        st.lists(st.sampled_from([t for _, t in TO_MASK] + STAYS)).map(" ".join),
    )
)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once.text) == Masked(once.text, frozenset())


def _between_hidden(masked: Masked, length: int) -> list[tuple[int, int]]:
    """Gives what was left of a text, as (start, end) in UTF-16 units of the original."""
    edges = [0, *(edge for start, end, _ in masked.spans for edge in (start, end)), length]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]


@given(
    st.lists(
        st.one_of(st.sampled_from([PARTS.sub(r"\2", message) for message in MESSAGES]), st.text(max_size=9)), max_size=4
    )
)
def test_formatting_of_what_is_left_covers_the_same_words(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    before = text.encode("utf-16-le", "surrogatepass")
    masked = mask(text)
    after = masked.text.encode("utf-16-le", "surrogatepass")
    left = _between_hidden(masked, len(before) // 2)
    for (start, end), moved in zip(left, move_entities([(a, b - a) for a, b in left], masked), strict=True):
        assert moved is not None and moved[1] == end - start
        assert after[moved[0] * 2 : sum(moved) * 2] == before[start * 2 : end * 2]


def _retyped(text: str, way: str) -> str:
    return {
        "upper": text.upper(),
        "no-break": text.replace(" ", "\u00a0"),
        "dashes": text.replace("-", "–"),
        "invisible": "\u200b".join(text),
        "wide": text.translate({ord("0") + n: ord("０") + n for n in range(10)}),
        "bold": text.translate({ord("0") + n: 0x1D7CE + n for n in range(10)}),
    }[way]


@pytest.mark.parametrize("way", ["upper", "no-break", "dashes", "invisible", "wide", "bold"])
def test_however_it_is_typed_as_much_is_hidden(way: str) -> None:
    for message in MESSAGES:
        plain = PARTS.sub(r"\2", message)
        marks = [mark for _, _, mark in mask(plain).spans]
        assert [mark for _, _, mark in mask(_retyped(plain, way)).spans] == marks, plain


@given(
    st.text(st.characters(), max_size=100), st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=5)
)
def test_moved_formatting_stays_within_the_text(text: str, entities: list[tuple[int, int]]) -> None:
    text += " 8 910 123-45-67 "
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    fitting = [(offset, size) for offset, size in entities if offset + size <= length]
    masked = mask(text)
    new_length = len(masked.text.encode("utf-16-le", "surrogatepass")) // 2
    for moved in move_entities(fitting, masked):
        assert moved is None or (moved[0] >= 0 and moved[1] > 0 and sum(moved) <= new_length)


@pytest.mark.slow
@pytest.mark.timeout(120)  # against a pattern that tries for ever; how long it takes stands in `make bench`
def test_the_longest_text_is_masked_and_stays_so() -> None:
    masked = {unit: mask(longest(unit)).text for unit in COSTLY}
    assert [unit for unit, text in masked.items() if mask(text).text != text] == []


@pytest.mark.parametrize(
    "word", ["военный билет", "военник", "в/б", "полис ОМС", "омс", "инн", "паспорт", "водительское", "мой полис"]
)
def test_a_number_whose_word_stands_after_it_is_hidden(word: str) -> None:
    numbers = ("АА № 1234567", "1234567 АБ", "123456789012", "123 456 789")
    said = [f"вот {number}{between}{word}" for number in numbers for between in (" ", " - ", ", это ")]
    assert [text for text in said if re.search(r"\d", mask(text).text)] == []


@pytest.mark.parametrize("text", ["Qwerty12 - пароль", "Qwerty12 это мой пароль", "вот marina_2015 — пароль"])
def test_a_password_whose_word_stands_after_it_is_hidden(text: str) -> None:
    assert mask(text).text.split("[")[0] in ("", "вот ")


@pytest.mark.parametrize(
    "text", ["Windows10 пароль не принимает", "за 2025-2026 год, полис нужен", "7б класс, пароль забыли"]
)
def test_a_word_after_a_harmless_number_hides_nothing(text: str) -> None:
    assert mask(text).text == text
