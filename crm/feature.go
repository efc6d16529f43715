package crm

import "slices"

// Feature is a part of the card that an office may do without.
type Feature string

// The parts; the schema says what each holds.
const (
	ContactsFeature       Feature = "CONTACTS"
	RelationsFeature      Feature = "CARD_RELATIONS"
	EngagementsFeature    Feature = "ENGAGEMENTS"
	InvoicingFeature      Feature = "INVOICING"
	RevenueFeature        Feature = "REVENUE"
	ChecklistFeature      Feature = "CHECKLIST"
	CampaignsFeature      Feature = "CAMPAIGNS"
	ProcessesFeature      Feature = "PROCESSES"
	CommunicationsFeature Feature = "COMMUNICATIONS"
	DocumentsFeature      Feature = "DOCUMENTS"
	AttentionsFeature     Feature = "ATTENTIONS"
	RevertFeature         Feature = "REVERT"
	SelectionFeature      Feature = "SELECTION"
	ReportsFeature        Feature = "REPORTS"
)

// features are all parts, in the order in which they are shown, each with its name. The place of one is its
// bit in a FeatureSet, which is nowhere stored.
func features() []struct {
	Feature
	label Text
} {
	return []struct {
		Feature
		label Text
	}{
		{ContactsFeature, Text{NL: "Contactpersonen", EN: "Contacts"}},
		{RelationsFeature, Text{NL: "Kaartrelaties", EN: "Card relations"}},
		{EngagementsFeature, Text{NL: "Leads, aanvragen en projecten", EN: "Leads, requests and projects"}},
		{InvoicingFeature, Text{NL: "Facturatievoorkeuren", EN: "Invoicing preferences"}},
		{RevenueFeature, Text{NL: "Te factureren omzet", EN: "Revenue to be invoiced"}},
		{ChecklistFeature, Text{NL: "Checklist", EN: "Checklist"}},
		{CampaignsFeature, Text{NL: "Campagnes en acquisitiedoelen", EN: "Campaigns and acquisition goals"}},
		{ProcessesFeature, Text{NL: "Processen", EN: "Processes"}},
		{CommunicationsFeature, Text{NL: "Contactmomenten", EN: "Contact moments"}},
		{DocumentsFeature, Text{NL: "Documenten, brieven en e-mail", EN: "Documents, letters and e-mail"}},
		{AttentionsFeature, Text{NL: "Attenties", EN: "Attentions"}},
		{RevertFeature, Text{NL: "Terugzetten naar potentiële klant", EN: "Putting back to prospect"}},
		{SelectionFeature, Text{NL: "Selectie", EN: "Selection"}},
		{ReportsFeature, Text{NL: "Rapportages", EN: "Reports"}},
	}
}

// feature is the part of the card that a right belongs to; empty for what every office uses. What prepares a
// part, such as its templates, stays possible while the part is off.
func (r Right) feature() Feature {
	switch r {
	case EditContacts:
		return ContactsFeature
	case EditRelations:
		return RelationsFeature
	case EditEngagements:
		return EngagementsFeature
	case EditPreferences:
		return InvoicingFeature
	case EditBilling:
		return RevenueFeature
	case EditChecklists:
		return ChecklistFeature
	case EditCampaigns:
		return CampaignsFeature
	case EditProcesses:
		return ProcessesFeature
	case EditCommunications:
		return CommunicationsFeature
	case EditDocuments:
		return DocumentsFeature
	case EditAttentions, ReactToCards:
		return AttentionsFeature
	case RevertCards:
		return RevertFeature
	case KeepSelections:
		return SelectionFeature
	case RunReports:
		return ReportsFeature
	}
	return ""
}

// FeatureSet is some of the parts.
type FeatureSet uint64

// FeaturesOf puts parts together; what is no part of this version of the program is left out.
func FeaturesOf(some []Feature) FeatureSet {
	var set FeatureSet
	for i, one := range features() {
		if slices.Contains(some, one.Feature) {
			set |= 1 << i
		}
	}
	return set
}

// Has tells whether a part is among them.
func (s FeatureSet) Has(feature Feature) bool { return s&FeaturesOf([]Feature{feature}) != 0 }

// list gives the parts in their order.
func (s FeatureSet) list() []Feature {
	list := []Feature{}
	for i, one := range features() {
		if s&(1<<i) != 0 {
			list = append(list, one.Feature)
		}
	}
	return list
}

// FeatureDisabled is the code of a change to a part that the office switched off.
const FeatureDisabled ErrorCode = "FEATURE_DISABLED"

func featureDisabled() *Error {
	return &Error{Code: FeatureDisabled, Text: Text{
		NL: "Uw kantoor gebruikt dit onderdeel van de kaart niet.",
		EN: "Your office does not use this part of the card."}}
}
