"""Whose domain says nothing? Mail providers at which anybody has an address: never a company's domain (ATT-12)."""

from __future__ import annotations

_NAMES = """
    aim.com alice.it aol.com arcor.de att.net bellsouth.net bigpond.com bluewin.ch bol.com.br btinternet.com
    charter.net comcast.net cox.net earthlink.net email.com email.de fastmail.com fastmail.fm free.fr
    freenet.de frontier.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.be
    hotmail.ch hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com
    icloud.com inbox.com juno.com laposte.net libero.it live.co.uk live.com live.de live.fr live.nl mac.com
    mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com ntlworld.com online.no orange.fr outlook.at
    outlook.com outlook.de outlook.es outlook.fr outlook.it pm.me posteo.de proton.me protonmail.ch
    protonmail.com qq.com rediffmail.com rocketmail.com rogers.com sbcglobal.net sfr.fr shaw.ca sky.com
    skynet.be sympatico.ca t-online.de telenet.be telus.net terra.com.br tiscali.it tuta.com tutanota.com
    uol.com.br verizon.net virgilio.it virginmedia.com wanadoo.fr web.de windstream.net xs4all.nl yahoo.ca
    yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.es yahoo.fr
    yahoo.it yandex.com yandex.ru ymail.com ziggo.nl zoho.com 126.com 163.com
"""
FREE_MAIL = frozenset(_NAMES.split())
