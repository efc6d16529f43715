package crm

// demoCustomer is a line of the table of relations: since when the office knows it, through whom.
func demoCustomer(key, created, manager string, row Customer) happening {
	return happening{at: created, by: manager, make: func(d *demo) {
		c := &row
		c.CardFrame = d.tx.begin(customerPrefix)
		c.AccountManagerID = c.CreatedByID
		if c.Language == "" {
			c.Language = LanguageNL
		}
		if c.VatRegime == "" {
			c.VatRegime = standardVat
		}
		for _, tag := range demoTags()[key] {
			c.TagIDs = append(c.TagIDs, *d.lookup(TagList, tag))
		}
		if c.SbiCode != nil {
			c.SbiVersion = new(Sbi2008) // they were entered before the register moved to the next edition
		}
		if c.CreditStatus == "" {
			c.CreditStatus = unknownCredit
		}
		c.derive()
		d.customers[key] = c
		d.tx.log(&Event{Kind: CustomerCreatedEvent, CustomerID: c.ID, CardID: c.ID, CardVersion: c.Version,
			Changes: changesBetween(&Customer{}, c)})
	}}
}

// demoTags are the tags of relations.
func demoTags() map[string][]string {
	return map[string][]string{"C2": {"Raamovereenkomst", "Nieuwsbrief"}, "C8": {"Nieuwsbrief"}}
}

// demoArchived takes a relation out of daily use.
func demoArchived(key, at, by, reason string) happening {
	return happening{at: at, by: by, make: func(d *demo) {
		c := d.customers[key]
		before := *c
		c.archive(d.tx, &reason)
		c.touch(d.tx)
		d.tx.log(&Event{Kind: CustomerArchivedEvent, CustomerID: c.ID, CardID: c.ID, CardVersion: c.Version,
			Changes: transitions(&before, c)})
	}}
}

func demoAddress(street, number, postcode, city string) *Address {
	return &Address{Street: &street, HouseNumber: &number, Postcode: &postcode, City: city, Country: "NL"}
}

// demoCustomers are the relations. KvK numbers that begin with 0090, the bank DEMO, domains that end in
// .example and subscriber numbers that begin with 000 belong to nobody.
func demoCustomers() []happening {
	return append(demoCustomersOfSanne(), demoCustomersOfJoris()...)
}

func demoCustomersOfSanne() []happening {
	return []happening{
		demoCustomer("C1", "2021-04-01 09:00", "U1", Customer{
			Number: "10001", DebtorNumber: new("130002"), Stage: Client, CustomerSince: new(Date("2021-04-01")),
			Name: "Van der Velde Groep B.V.", SearchName: new("VDVG"), LegalForm: new("BV"), IsLargeEnterprise: true,
			EmployeesCount: new(410), AnnualRevenueCents: new(Decimal(48_500_000_00)),
			VisitingAddress: demoAddress("Rotterdamseweg", "183", "2629 HD", "Delft"),
			KvkNumber:       new("00900101"), VatID: new("NL900000016B01"), Iban: new("NL36DEMO0100000111"),
			CreditLimitCents: new(Decimal(250_000_00)), CreditStatus: "GRANTED",
			Sector: new("Holding"), Classification: new("A"), SbiCode: new("6420"), Phone: new("+31150001100"),
			Email: new("info@vandervelde.example"), Website: new("https://www.vandervelde.example")}),
		demoCustomer("C2", "2022-01-10 09:00", "U1", Customer{
			Number: "10002", DebtorNumber: new("130003"), Stage: Client, CustomerSince: new(Date("2022-01-10")),
			Name: "Van der Velde Installatietechniek B.V.", SearchName: new("VDVI"), AnnualRevenueCents: new(Decimal(12_750_000_00)), LegalForm: new("BV"), GAccountPercentage: new(Decimal(25_00)),
			VisitingAddress: demoAddress("Stadionweg", "41", "3077 AS", "Rotterdam"),
			KvkNumber:       new("00900102"), VatID: new("NL900000028B01"), Iban: new("NL46DEMO0100000222"),
			AccountList:      bankAccounts{{Iban: "NL46DEMO0100000222"}, {Iban: "NL04DEMO0990000228", Description: new("G-rekening")}},
			CreditLimitCents: new(Decimal(100_000_00)), CreditStatus: "GRANTED",
			Sector: new("Installatietechniek"), Classification: new("A"), Source: new("Aanbeveling"), SbiCode: new("4322"), Phone: new("+31100002200"),
			Email: new("info@vdv-installatie.example"), Website: new("https://www.vdv-installatie.example")}),
		demoCustomer("C5", "2026-09-14 11:30", "U1", Customer{
			Number: "10005", Stage: Prospect,
			Name: "Stichting Zorggroep De Linde", LegalForm: new("Stichting"),
			VisitingAddress: demoAddress("Stadsring", "75", "3811 HN", "Amersfoort"),
			KvkNumber:       new("00900105"), CreditStatus: "REQUESTED", Sector: new("Zorg"), Source: new("Beurs"), SbiCode: new("8610"), Phone: new("+31330005500"),
			Email: new("info@zorggroepdelinde.example"), Website: new("https://www.zorggroepdelinde.example")}),
		demoCustomer("C8", "2023-05-15 09:00", "U1", Customer{
			Number: "10008", DebtorNumber: new("130005"), Stage: Client, CustomerSince: new(Date("2023-05-15")),
			Name: "Hanze Bouw B.V.", LegalForm: new("BV"), GAccountPercentage: new(Decimal(20_00)), VatRegime: "REVERSE_CHARGE",
			VisitingAddress: demoAddress("Rieteweg", "9", "8041 AJ", "Zwolle"),
			KvkNumber:       new("00900108"), VatID: new("NL900000090B01"), Iban: new("NL96DEMO0100000777"),
			CreditLimitCents: new(Decimal(25_000_00)), CreditStatus: BlockedCredit,
			Sector: new("Bouw"), Classification: new("B"), SbiCode: new("4120"), Phone: new("+31380008800"),
			Email: new("info@hanzebouw.example"), Website: new("https://www.hanzebouw.example")}),
	}
}

func demoCustomersOfJoris() []happening {
	return []happening{
		demoCustomer("C3", "2019-09-16 09:00", "U2", Customer{
			Number: "10003", DebtorNumber: new("130001"), Stage: Client, CustomerSince: new(Date("2019-09-16")),
			Name: "Brouwer & Zonen Machinefabriek B.V.", LegalForm: new("BV"),
			VisitingAddress: demoAddress("Industrieplein", "8", "7553 LL", "Hengelo"),
			KvkNumber:       new("00900103"), VatID: new("NL900000041B01"), Iban: new("NL56DEMO0100000333"),
			Sector: new("Machinebouw"), Classification: new("C"), Source: new("Netwerk"), SbiCode: new("2899"), Phone: new("+31740003300"),
			Email: new("info@brouwer-zonen.example"), Website: new("https://www.brouwer-zonen.example")}),
		demoCustomer("C4", "2026-09-28 10:00", "U2", Customer{
			Number: "10004", Stage: Prospect,
			Name: "Noorderlicht Software B.V.", LegalForm: new("BV"),
			VisitingAddress: demoAddress("Zernikepark", "12", "9747 AN", "Groningen"),
			KvkNumber:       new("00900104"), VatID: new("NL900000053B01"),
			Sector: new("Software"), SbiCode: new("6201"), Phone: new("+31500004400"),
			Email: new("info@noorderlicht-software.example"), Website: new("https://www.noorderlicht-software.example")}),
		demoCustomer("C6", "2022-02-01 09:00", "U2", Customer{
			Number: "10006", DebtorNumber: new("130004"), Stage: Client, CustomerSince: new(Date("2022-02-01")),
			Name: "Hanze Vastgoedbeheer B.V.", LegalForm: new("BV"),
			VisitingAddress: demoAddress("Melkmarkt", "20", "8011 MC", "Zwolle"),
			KvkNumber:       new("00900106"), VatID: new("NL900000077B01"), Iban: new("NL76DEMO0100000555"),
			Sector: new("Vastgoed"), SbiCode: new("6832"), Phone: new("+31380006600"),
			Email: new("info@hanzevastgoed.example"), Website: new("https://www.hanzevastgoed.example")}),
		demoArchived("C6", "2025-02-14 15:30", "U2", "Geen samenwerking meer na verkoop portefeuille"),
		demoCustomer("C7", "2024-02-01 09:00", "U2", Customer{
			Number: "10007", DebtorNumber: new("130006"), Stage: Client, CustomerSince: new(Date("2024-02-01")),
			Name: "Gemeente Waterlanden", SearchName: new("GW"), LegalForm: new("Overheid"), IsGovernment: true,
			VisitingAddress: demoAddress("Raadhuisplein", "1", "1441 EA", "Purmerend"),
			VatID:           new("NL900000089B01"), Iban: new("NL86DEMO0100000666"),
			AccountList: bankAccounts{{Iban: "NL86DEMO0100000666", Holder: new("Gemeente Waterlanden")},
				{Iban: "NL27DEMO0100000661", Holder: new("Werkbedrijf Waterlanden"), Description: new("Inhuur sociaal domein")}},
			Oin:    new("00000001900000089000"),
			Sector: new("Overheid"), SbiCode: new("8411"), Phone: new("+31299000770"),
			Email: new("info@waterlanden.example"), Website: new("https://www.waterlanden.example")}),
	}
}
