package crm

// demoLookups are the values of the demo office's lists, in their order.
func demoLookups() []struct {
	list  LookupListKey
	texts []string
} {
	return []struct {
		list  LookupListKey
		texts []string
	}{
		{LegalFormList, []string{"BV", "NV", "VOF", "Maatschap", "CV", "Eenmanszaak", "Stichting", "Vereniging", "Coöperatie", "Overheid"}},
		{SectorList, []string{"Bouw", "Holding", "Installatietechniek", "Machinebouw", "Overheid", "Software", "Vastgoed", "Zorg"}},
		{ClassificationList, []string{"A", "B", "C"}},
		{RelationSourceList, []string{"Aanbeveling", "Netwerk", "Website", "Beurs", "Koude acquisitie"}},
		{TagList, []string{"Raamovereenkomst", "Nieuwsbrief", "Referentie"}},
		{InvoicingMethodList, []string{"Nacalculatie", "Termijnen", "Periodiek bedrag"}},
		{PaymentConditionList, []string{"14 dagen", "30 dagen netto", "45 dagen", "60 dagen"}},
		{DeliveryPresetList, []string{"E-mail met urenspecificatie", "Peppol met inkoopordernummer", "Per post, per medewerker"}},
		{DepartmentList, []string{"Directie", "Inkoop", "HR", "Financiën", "Techniek", "Projecten"}},
		{ContactRoleList, []string{"Beslisser", "Beïnvloeder", "Inkoper", "HR", "Financiën", "Gebruiker"}},
		{PreferredChannelList, []string{"Telefoon", "E-mail", "Bezoek"}},
		{ConversationList, []string{"Telefoon", "Bezoek", "Video", "Chat", "Evenement"}},
		{ContactMomentList, []string{"Kennismaking", "Voortgang", "Evaluatie", "Acquisitie", "Klacht"}},
		{LeadSourceList, []string{"Netwerk", "Website", "Campagne", "Bestaande klant"}},
		{LostReasonList, []string{"Tarief te hoog", "Ging naar vaste leverancier", "Geen geschikte kandidaat", "Behoefte vervallen", "Ingetrokken door klant"}},
		{RequestedFunctionList, []string{"BIM-modelleur", "Projectleider E&W", "Werkvoorbereider", "Backend-ontwikkelaar", "Toezichthouder civiel", "Uitvoerder", "Calculator"}},
		{ProjectTypeList, []string{"Persoonsproject", "Vaste prijs", "Werving en selectie"}},
		{HourTypeList, []string{"Normaal", "Overwerk", "Reistijd"}},
		{ExpenseTypeList, []string{"Reiskosten", "Verblijf", "Materiaal"}},
		{ArchiveReasonList, []string{"Geen samenwerking meer", "Opgeheven", "Dubbel", "Uit dienst"}},
		{CampaignTypeList, []string{"Mailing", "Belactie", "Evenement"}},
		{GoalKindList, []string{"Kennismaking", "Eerste plaatsing", "Uitbreiding", "Raamovereenkomst"}},
		{ChecklistCategoryList, []string{"Onboarding", "Financieel", "Sales", "Juridisch", "AVG"}},
		{DocumentCategoryList, []string{"Voorstel", "Overeenkomst", "Rapportage", "Overig"}},
		{AttentionLabelList, []string{"Ter info", "Let op", "Belangrijk"}},
		{VatRegimeLabelList, []string{"Hoog tarief", "Btw verlegd", "Btw verlegd EU", "Vrijgesteld"}},
	}
}

// list makes the lookup lists.
func (d *demo) list() {
	for _, one := range demoLookups() {
		for i, text := range one.texts {
			value := &LookupValue{
				OrganizationID: d.office.ID, ID: d.tx.core.newID(lookupValuePrefix), Version: 1, List: one.list,
				Text: text, TextKey: fold(text), SortOrder: i + 1, Active: true,
			}
			if named := namedBy(one.list); named != nil {
				value.Code = &named[i].code
			}
			d.lookups = append(d.lookups, value)
		}
	}
}

// lookup is a value of a list of the demo office; a slip in the tables is found by the test that loads it.
func (d *demo) lookup(list LookupListKey, text string) *ID {
	for _, value := range d.lookups {
		if value.List == list && value.Text == text {
			return &value.ID
		}
	}
	panic("no " + text + " in " + string(list))
}
