package crm

import "slices"

// demoContact is a line of the table of contacts: since when the office knows the person, and when the
// line was last changed. That change added the field that added names; empty when there was none.
func demoContact(key, customer, created, updated, added string, row Contact) []happening {
	first := row
	switch added {
	case "phone":
		first.Phone = nil
	case "email":
		first.Email = nil
	case "function":
		first.Function = nil
	case "isInvoiceContact":
		first.IsInvoiceContact = false
	case "mailingOptOut":
		first.MailingOptOut = false
	}
	history := []happening{{at: created, by: demoManager(customer), make: func(d *demo) {
		c := &first
		c.CardFrame = d.tx.begin(contactPrefix)
		c.CustomerID = d.customers[customer].ID
		if c.Gender == "" {
			c.Gender = unknownGender
		}
		if c.NameUse == "" {
			c.NameUse = OwnName
		}
		if c.SalutationStyle == "" {
			c.SalutationStyle = FormalSalutation
		}
		c.Language = LanguageNL
		c.derive()
		d.contacts[key] = c
		d.work(c)
		d.tx.logContact(ContactCreatedEvent, c, changesBetween(&Contact{}, c))
	}}}
	if added == "" {
		return history
	}
	return append(history, happening{at: updated, by: demoManager(customer), make: func(d *demo) {
		c := d.contacts[key]
		before := *c
		c.Phone, c.Email, c.Function = row.Phone, row.Email, row.Function
		c.IsInvoiceContact, c.MailingOptOut = row.IsInvoiceContact, row.MailingOptOut
		c.derive()
		c.touch(d.tx)
		d.work(c)
		d.tx.logContact(ContactUpdatedEvent, c, changesBetween(&before, c))
	}})
}

// demoContactArchived takes a contact out of daily use.
func demoContactArchived(key, customer, at string, reason *string) []happening {
	return []happening{{at: at, by: demoManager(customer), make: func(d *demo) {
		c := d.contacts[key]
		c.archive(d.tx, reason)
		c.touch(d.tx)
		d.tx.logContact(ContactArchivedEvent, c, []FieldChange{{Field: "archivedAt", To: logged(c.ArchivedAt)}})
	}}}
}

// demoManager is the account manager of a relation, who keeps its data.
func demoManager(customer string) string {
	switch customer {
	case "C1", "C2", "C5", "C8":
		return "U1"
	}
	return "U2"
}

// demoContacts are the people and desks at the relations.
func demoContacts() []happening {
	return slices.Concat(demoContactsOfSanne(), demoContactsOfBrouwer(), demoContactsOfJoris())
}

func demoContactsOfSanne() []happening {
	return slices.Concat(
		demoContact("CP1", "C1", "2021-04-01 09:20", "2026-10-02 11:15", "phone", Contact{
			TitleBefore: new("ir."), Initials: new("M."), FirstName: new("Marijke"), LastName: new("Prins"), Gender: "FEMALE",
			PartnerPrefix: new("van der"), PartnerName: new("Velde"), NameUse: PartnerFirst,
			Function: new("Algemeen directeur"), Email: new("m.vandervelde@vandervelde.example"), Phone: new("+31150001101")}),
		demoContact("CP2", "C1", "2021-04-06 14:00", "2026-08-19 10:05", "isInvoiceContact", Contact{
			Initials: new("H."), FirstName: new("Hans"), LastName: new("Oudekerk"), TitleAfter: new("RA"), Gender: "MALE",
			Function: new("Financieel directeur"), Email: new("h.oudekerk@vandervelde.example"), IsInvoiceContact: true}),
		demoContact("CP3", "C2", "2022-01-10 09:20", "2026-11-17 09:40", "phone", Contact{
			Initials: new("E."), FirstName: new("Erik"), LastName: new("Jansen"), Gender: "MALE",
			Function: new("Projectdirecteur"), Email: new("e.jansen@vdv-installatie.example"), Phone: new("+31100002201"), IsPrimary: true}),
		demoContact("CP4", "C2", "2024-05-13 10:30", "2026-11-10 15:10", "function", Contact{
			Initials: new("N."), FirstName: new("Naima"), LastName: new("Bouzid"), Gender: "FEMALE",
			Function: new("Inkoper inhuur"), Email: new("n.bouzid@vdv-installatie.example")}),
		demoContact("CP5", "C2", "2023-03-06 13:00", "2026-03-03 16:20", "email", Contact{
			Initials: new("W."), FirstName: new("Wouter"), Prefix: new("de"), LastName: new("Wit"), Gender: "MALE",
			Function: new("Werkvoorbereider"), Email: new("w.dewit@vdv-installatie.example")}),
		demoContact("CP15", "C5", "2026-09-14 11:45", "2026-11-12 11:20", "function", Contact{
			Initials: new("A."), FirstName: new("Anneke"), LastName: new("Postma"), Gender: "FEMALE",
			Function: new("Manager facilitair"), Email: new("a.postma@zorggroepdelinde.example")}),
		demoContact("CP16", "C5", "2026-09-14 12:00", "2026-10-28 08:40", "mailingOptOut", Contact{
			TitleBefore: new("drs."), Initials: new("K."), FirstName: new("Karim"), LastName: new("Yildiz"), Gender: "MALE",
			Function: new("Senior inkoper"), Email: new("k.yildiz@zorggroepdelinde.example"), MailingOptOut: true}),
		demoContact("CP20", "C8", "2023-05-15 09:30", "2026-11-16 09:00", "phone", Contact{
			Initials: new("S."), FirstName: new("Stefan"), Prefix: new("ten"), LastName: new("Brinke"), Gender: "MALE",
			Function: new("Bedrijfsleider"), Email: new("s.tenbrinke@hanzebouw.example"), Phone: new("+31380008801")}),
		demoContact("CP21", "C8", "2024-09-02 13:15", "2026-09-07 10:30", "email", Contact{
			Initials: new("K."), FirstName: new("Kim"), LastName: new("Aalbers"), Gender: "X",
			Function: new("Administratie"), Email: new("k.aalbers@hanzebouw.example")}),
	)
}

func demoContactsOfBrouwer() []happening {
	return slices.Concat(
		demoContact("CP6", "C3", "2019-09-16 09:30", "2026-11-20 09:15", "phone", Contact{
			Initials: new("K."), FirstName: new("Klaas"), LastName: new("Brouwer"), Gender: "MALE",
			Function: new("Directeur-eigenaar"), Email: new("k.brouwer@brouwer-zonen.example"), Phone: new("+31740003301")}),
		demoContact("CP7", "C3", "2019-09-16 09:45", "2026-11-18 16:40", "isInvoiceContact", Contact{
			Initials: new("A."), FirstName: new("Anja"), Prefix: new("Ter"), LastName: new("Haar"), Gender: "FEMALE",
			PartnerName: new("Brouwer"), NameUse: PartnerFirst,
			Function: new("Financiële administratie"), Email: new("a.brouwer@brouwer-zonen.example"), IsInvoiceContact: true}),
		demoContact("CP8", "C3", "2020-02-03 11:00", "", "", Contact{
			Initials: new("P."), FirstName: new("Piet"), LastName: new("Nijhuis"), Gender: "MALE",
			Function: new("Hoofd engineering"), Email: new("p.nijhuis@brouwer-zonen.example")}),
		demoContact("CP9", "C3", "2026-11-21 11:20", "", "", Contact{
			Initials: new("L."), FirstName: new("Lisa"), LastName: new("Wolters"), Gender: "FEMALE",
			Function: new("Hoofd engineering"), Email: new("l.wolters@brouwer-zonen.example"), Notes: new("Opvolger van Nijhuis")}),
		demoContact("CP10", "C3", "2025-10-20 08:50", "2026-06-30 17:05", "function", Contact{
			Initials: new("R."), FirstName: new("Rik"), LastName: new("Scholten"), Gender: "MALE",
			Function: new("Bedrijfsleider"), Email: new("r.scholten@brouwer-zonen.example")}),
		demoContact("CP11", "C3", "2025-11-04 09:10", "2026-05-12 09:30", "email", Contact{
			Initials: new("M."), FirstName: new("Mehmet"), LastName: new("Aydin"), Gender: "MALE",
			Function: new("Planner"), Email: new("m.aydin@brouwer-zonen.example")}),
		demoContact("CP12", "C3", "2024-01-15 10:00", "2025-12-01 14:45", "function", Contact{
			Initials: new("J."), FirstName: new("Jolanda"), LastName: new("Kamphuis"), Gender: "FEMALE",
			Function: new("HR-adviseur"), Email: new("j.kamphuis@brouwer-zonen.example")}),
		demoContactArchived("CP8", "C3", "2026-11-21 11:05", new("uit dienst")),
	)
}

func demoContactsOfJoris() []happening {
	return slices.Concat(
		demoContact("CP13", "C4", "2026-09-28 10:20", "2026-11-19 10:40", "phone", Contact{
			Initials: new("F."), FirstName: new("Femke"), LastName: new("Wiersma"), Gender: "FEMALE", SalutationStyle: InformalSalutation,
			Function: new("CTO"), Email: new("femke@noorderlicht-software.example"), Phone: new("+31500004401")}),
		demoContact("CP14", "C4", "2026-10-14 16:00", "2026-11-05 09:05", "email", Contact{
			Initials: new("J."), FirstName: new("Jelle"), LastName: new("Dijkstra"), Gender: "MALE",
			Function: new("HR-manager"), Email: new("jelle@noorderlicht-software.example")}),
		demoContact("CP17", "C6", "2022-02-01 09:30", "", "", Contact{
			Initials: new("G."), FirstName: new("Gerard"), LastName: new("Lammers"), Gender: "MALE",
			Function: new("Beheerder"), Email: new("g.lammers@hanzevastgoed.example")}),
		demoContact("CP18", "C7", "2024-02-01 09:30", "2026-11-02 14:50", "phone", Contact{
			TitleBefore: new("mr."), Initials: new("I."), FirstName: new("Ingrid"), Prefix: new("van den"), LastName: new("Berg"), Gender: "FEMALE",
			Function: new("Teammanager Ruimte"), Email: new("i.vandenberg@waterlanden.example"), Phone: new("+31299000771")}),
		demoContact("CP19", "C7", "2024-02-01 09:45", "", "", Contact{
			FunctionalName: new("Crediteurenadministratie"),
			Email:          new("crediteuren@waterlanden.example")}),
		demoContactArchived("CP17", "C6", "2025-02-14 15:00", nil),
	)
}
