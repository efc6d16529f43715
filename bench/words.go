package main

// words are the vocabulary of the invented office. They combine to names that nobody bears; some carry
// accents, so that folding has work to do.
type words struct {
	families, prefixes, firsts            []string
	trades, forms, streets                []string
	functions, departments, jobs          []string
	assignments, occasions                []string
	subjects, sentences, notices, sectors []string
	cities                                []city
}

func vocabulary() words {
	return words{
		families: familyNames(), prefixes: prefixes(), firsts: firstNames(),
		trades: trades(), forms: companyForms(), streets: streets(),
		functions: functions(), departments: departments(), jobs: jobTitles(),
		assignments: assignments(), occasions: occasions(),
		subjects: subjects(), sentences: sentences(), notices: notices(),
		sectors: []string{"Bouw", "Zorg", "Techniek", "Overheid", "Industrie", "Dienstverlening", "Onderwijs", "Energie"},
		cities:  cities(),
	}
}

func familyNames() []string {
	return []string{
		"Akkerman", "Bakker", "Bergsma", "Blom", "Boersma", "Bosch", "Bouwman", "Brandsma", "Brouwer", "Çelik",
		"Claassen", "Dekker", "Dijkstra", "Doornbos", "Driessen", "Duinker", "Eijkman", "Elzinga", "Faber", "Franssen",
		"Geerts", "Gerritsen", "Groothuis", "Haverkamp", "Heemskerk", "Hendriks", "Hoekstra", "Hofman", "Huisman", "IJzerman",
		"Jacobs", "Jansen", "Jonker", "Kamphuis", "Keizer", "Klaver", "Koelewijn", "Kramer", "Kuipers", "Lambers",
		"Leeuwen", "Linden", "Lubbers", "Maas", "Meijer", "Molenaar", "Mulder", "Nijland", "Noordhoek", "Núñez",
		"Oosterhuis", "Ottens", "Peeters", "Pietersen", "Postma", "Prins", "Raaijmakers", "Rietveld", "Roos", "Ruiter",
		"Schaap", "Scholten", "Schouten", "Slagter", "Smeets", "Smit", "Snijders", "Spaans", "Steenbergen", "Terpstra",
		"Timmerman", "Tuinman", "Uitdehaag", "Velde", "Verbeek", "Vermeulen", "Visser", "Vliet", "Vos", "Vroom",
		"Wagenaar", "Wal", "Waterman", "Weijden", "Wiersma", "Willemsen", "Wind", "Wolters", "Zandstra", "Zwart",
	}
}

func prefixes() []string { return []string{"van", "de", "van der", "van den", "ten", "ter"} }

func firstNames() []string {
	return []string{
		"Anouk", "Bart", "Bram", "Carlijn", "Daan", "Daniël", "Eline", "Emre", "Esmée", "Eva",
		"Femke", "Fleur", "Floris", "Gijs", "Hanna", "Hugo", "Ilse", "Ingrid", "Iris", "Jasper",
		"Jeroen", "Joëlle", "Joost", "Karin", "Koen", "Lars", "Lieke", "Lotte", "Maarten", "Mara",
		"Marloes", "Mats", "Mehmet", "Mila", "Nadia", "Niels", "Noor", "Olivia", "Paul", "Pien",
		"Rens", "Roos", "Ruben", "Sanne", "Sem", "Sofie", "Stijn", "Teun", "Thijs", "Tim",
		"Vera", "Wessel", "Willem", "Wouter", "Xander", "Yara", "Yvonne", "Zeynep", "Zoë", "Zuzanna",
	}
}

func trades() []string {
	return []string{
		"Bouw", "Installatietechniek", "Advies", "Logistiek", "Transport", "Groenvoorziening", "Energie", "Waterbeheer",
		"Zorg", "Thuiszorg", "Onderwijs", "Automatisering", "Software", "Datadiensten", "Drukwerk", "Metaal",
		"Machinebouw", "Voeding", "Zuivel", "Bakkerijen", "Vastgoed", "Makelaardij", "Accountancy", "Juristen",
		"Verzekeringen", "Schoonmaak", "Beveiliging", "Horeca", "Reizen", "Infra", "Spoortechniek", "Scheepsbouw",
		"Offshore", "Chemie", "Kunststof", "Textiel", "Meubelen", "Architecten", "Ingenieurs", "Laboratoria",
	}
}

func companyForms() []string {
	return []string{"BV", "BV", "BV", "BV", "NV", "Groep", "& Zonen", "Holding", "Coöperatie", "Stichting", "Gemeente", "Façade BV"}
}

// city is a place with the first digits of its postcodes.
type city struct {
	name     string
	postcode int
}

func cities() []city {
	return []city{
		{"Amsterdam", 1012}, {"Rotterdam", 3011}, {"Utrecht", 3511}, {"Den Haag", 2511}, {"Eindhoven", 5611},
		{"Groningen", 9711}, {"Tilburg", 5011}, {"Almere", 1311}, {"Breda", 4811}, {"Nijmegen", 6511},
		{"Apeldoorn", 7311}, {"Arnhem", 6811}, {"Haarlem", 2011}, {"Enschede", 7511}, {"Zwolle", 8011},
		{"Leiden", 2311}, {"Dordrecht", 3311}, {"Zoetermeer", 2711}, {"Maastricht", 6211}, {"Delft", 2611},
		{"Leeuwarden", 8911}, {"Hengelo", 7551}, {"Assen", 9401}, {"Venlo", 5911}, {"Gouda", 2801},
		{"Middelburg", 4331}, {"'s-Hertogenbosch", 5211}, {"Hoogeveen", 7901}, {"Hilversum", 1211}, {"Súdwest-Fryslân", 8601},
	}
}

func streets() []string {
	return []string{
		"Stationsweg", "Dorpsstraat", "Kerkstraat", "Industrieweg", "Havenkade", "Molenlaan", "Parallelweg", "Ringdijk",
		"Wilhelminaplein", "Oranjelaan", "Nijverheidsweg", "Handelskade", "Zuiderpark", "Noordersingel", "Vondelstraat", "Beukenlaan",
	}
}

func functions() []string {
	return []string{
		"Directeur", "Inkoper", "Hoofd personeelszaken", "Projectleider", "Bedrijfsleider", "Hoofd financiën",
		"Teamleider engineering", "Recruiter", "Office manager", "Controller", "Hoofd techniek", "Werkvoorbereider",
		"Programmamanager", "Adviseur", "Coördinator inhuur", "Hoofd ICT",
	}
}

func departments() []string {
	return []string{"Inkoop", "Personeelszaken", "Financiën", "Techniek", "ICT", "Directie", "Projecten", "Productie"}
}

func jobTitles() []string {
	return []string{"Accountmanager", "Consultant", "Recruiter", "Projectleider", "Administratie", "Directeur"}
}

func assignments() []string {
	return []string{
		"BIM-modelleur", "Werkvoorbereider", "Projectleider infra", "Java-ontwikkelaar", "Testcoördinator", "Controller",
		"Salarisadministrateur", "Constructeur", "Planner onderhoud", "Data-analist", "Functioneel beheerder", "Inkoper",
		"Calculator", "Veiligheidskundige", "Scrummaster", "Netwerkbeheerder", "Beleidsadviseur", "Verpleegkundige",
		"Elektromonteur", "Kwaliteitsmedewerker",
	}
}

func occasions() []string {
	return []string{"nieuwbouw", "uitbreiding", "vervanging", "piek in het najaar", "migratie", "aanbesteding", "raamcontract", "tweede ploeg"}
}

func subjects() []string {
	return []string{
		"Kennismaking", "Voortgang van de opdracht", "Offerte besproken", "Evaluatie na drie maanden", "Nieuwe aanvraag",
		"Tarief voor volgend jaar", "Verlenging", "Inwerken", "Urenstaten van deze maand", "Factuurvraag", "Uitnodiging relatiedag",
		"Planning", "Klacht afgehandeld", "Contract ondertekend", "Kandidaten voorgesteld", "Bezoek op locatie", "Jaargesprek",
		"Overdracht aan collega", "Vakantieplanning", "Vraag over de G-rekening", "Rapportage", "Terugbelverzoek", "Aanvulling op de voordracht",
		"Ziekmelding", "Vervanging geregeld", "Veiligheidsinstructie", "Toegang tot het terrein", "Notitie", "Afspraak verzet", "Bevestiging",
	}
}

func sentences() []string {
	return []string{
		"De opdrachtgever is tevreden over de samenwerking en wil graag verlengen.",
		"We hebben afgesproken dat ik voor het einde van de week een voorstel stuur.",
		"Er is behoefte aan twee extra mensen vanaf het eerste kwartaal.",
		"Het tarief blijft voorlopig gelijk; in januari praten we verder.",
		"De kandidaat kan per direct beginnen en woont op een half uur reizen.",
		"Graag de urenstaten voortaan vóór de tweede werkdag van de maand aanleveren.",
		"De nieuwe projectleider neemt de begeleiding over.",
		"Ze zoeken iemand met ervaring in een vergelijkbare omgeving.",
		"De planning is uitgelopen door levering van materiaal.",
		"Volgende maand komt er een aanbesteding waarop wij mogen inschrijven.",
		"Het contract is getekend retour ontvangen en in het dossier gezet.",
		"De factuur was naar het verkeerde adres gestuurd; dat is hersteld.",
		"Op locatie gelden strengere regels: een geldig VCA-certificaat is verplicht.",
		"De inkoper wil één aanspreekpunt voor alle lopende opdrachten.",
		"Er zijn geen bijzonderheden, de voortgang is volgens afspraak.",
		"Afgesproken om over zes weken opnieuw te bellen.",
		"De evaluatie was positief, met een aandachtspunt over communicatie.",
		"Men overweegt een deel van het werk in eigen beheer te doen.",
		"Het budget voor dit jaar is bijna op, maar voor volgend jaar is ruimte.",
		"De reorganisatie heeft geen gevolgen voor onze mensen.",
		"Wij leveren uiterlijk vrijdag drie profielen aan.",
		"De sollicitatiegesprekken zijn ingepland op dinsdag en donderdag.",
		"Hij vraagt of we ook een vervanger kunnen leveren tijdens de vakantie.",
		"Zij is vanaf nu onze vaste contactpersoon voor inhuur.",
		"De relatiedag stond hoog op de agenda; ze komen met vier personen.",
		"Er was een vraag over de inhouding op de G-rekening, die is beantwoord.",
		"De coördinatie met het andere bureau loopt nog niet soepel.",
		"Er is interesse in een raamovereenkomst voor meerdere vestigingen.",
		"Het dossier is compleet; alle certificaten zijn gecontroleerd.",
		"Met de directie is gesproken over de strategie voor komend jaar.",
	}
}

func notices() []string {
	return []string{
		"Betaalt traag: eerst bellen met de administratie.", "Let op: nieuwe inkoopvoorwaarden sinds dit jaar.",
		"Alleen contact via de afdeling inkoop.", "Geen mailings sturen.", "Raamcontract in onderhandeling, overleg met de accountmanager.",
		"Bezoekers melden zich met legitimatie.", "Inkoopordernummer verplicht op elke factuur.", "Gevoelig dossier: klacht loopt nog.",
	}
}
