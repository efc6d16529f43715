package crm

// LookupList is a list of values that an office keeps itself, with all its values in their order.
type LookupList struct {
	Key    LookupListKey
	Values []*LookupValue

	name, group Text
	language    Language
}

// Name is what the list is called, in the reader's language.
func (l *LookupList) Name() string { return l.name.In(l.language) }

// Group is what part of the product the list belongs to, in the reader's language.
func (l *LookupList) Group() string { return l.group.In(l.language) }

// HasChoices tells whether any of its values can be chosen; a field of a list without choices need not be shown.
func (l *LookupList) HasChoices() bool {
	for _, value := range l.Values {
		if value.Active {
			return true
		}
	}
	return false
}

// listName is what a list and its group are called.
type listName struct {
	key         LookupListKey
	name, group Text
}

// lookupLists are all lists, in the order in which they are shown.
func lookupLists() []listName {
	relation, contact := Text{NL: "Relatie", EN: "Relation"}, Text{NL: "Contactpersoon", EN: "Contact"}
	moment, sales := Text{NL: "Contactmoment", EN: "Contact moment"}, Text{NL: "Verkoop", EN: "Sales"}
	billing, card := Text{NL: "Facturatie", EN: "Invoicing"}, Text{NL: "Kaart", EN: "Card"}
	return []listName{
		{LegalFormList, Text{NL: "Rechtsvormen", EN: "Legal forms"}, relation},
		{SectorList, Text{NL: "Branches", EN: "Sectors"}, relation},
		{ClassificationList, Text{NL: "Relatieklassen", EN: "Relation classes"}, relation},
		{RelationSourceList, Text{NL: "Herkomst van relaties", EN: "Relation sources"}, relation},
		{TagList, Text{NL: "Labels", EN: "Tags"}, relation},
		{DepartmentList, Text{NL: "Afdelingen", EN: "Departments"}, contact},
		{ContactRoleList, Text{NL: "Rollen", EN: "Roles"}, contact},
		{PreferredChannelList, Text{NL: "Voorkeurskanalen", EN: "Preferred channels"}, contact},
		{ConversationList, Text{NL: "Gesprekskanalen", EN: "Conversation channels"}, moment},
		{ContactMomentList, Text{NL: "Soorten contactmoment", EN: "Kinds of contact moment"}, moment},
		{LeadSourceList, Text{NL: "Herkomst van leads", EN: "Lead sources"}, sales},
		{LostReasonList, Text{NL: "Redenen van verlies", EN: "Lost reasons"}, sales},
		{RequestedFunctionList, Text{NL: "Gevraagde functies", EN: "Requested functions"}, sales},
		{ProjectTypeList, Text{NL: "Projectsoorten", EN: "Project types"}, sales},
		{CampaignTypeList, Text{NL: "Campagnesoorten", EN: "Campaign types"}, sales},
		{GoalKindList, Text{NL: "Soorten acquisitiedoel", EN: "Kinds of acquisition goal"}, sales},
		{InvoicingMethodList, Text{NL: "Facturatiewijzen", EN: "Invoicing methods"}, billing},
		{PaymentConditionList, Text{NL: "Betalingscondities", EN: "Payment conditions"}, billing},
		{DeliveryPresetList, Text{NL: "Verzendvoorinstellingen", EN: "Delivery presets"}, billing},
		{VatRegimeLabelList, Text{NL: "Namen van btw-regimes", EN: "Names of VAT regimes"}, billing},
		{HourTypeList, Text{NL: "Uursoorten", EN: "Hour types"}, billing},
		{ExpenseTypeList, Text{NL: "Onkostensoorten", EN: "Expense types"}, billing},
		{ArchiveReasonList, Text{NL: "Redenen van archiveren", EN: "Archive reasons"}, card},
		{ChecklistCategoryList, Text{NL: "Checklistcategorieën", EN: "Checklist categories"}, card},
		{DocumentCategoryList, Text{NL: "Documentcategorieën", EN: "Document categories"}, card},
		{AttentionLabelList, Text{NL: "Namen van attentieniveaus", EN: "Names of attention levels"}, card},
	}
}

// nameOf is what a list is called.
func nameOf(key LookupListKey) Text {
	for _, one := range lookupLists() {
		if one.key == key {
			return one.name
		}
	}
	return Text{NL: string(key), EN: string(key)}
}

// The kinds of what happens to lists. They show on no card.
const (
	LookupCreatedEvent    EventKind = "LOOKUP_CREATED"
	LookupUpdatedEvent    EventKind = "LOOKUP_UPDATED"
	LookupDeletedEvent    EventKind = "LOOKUP_DELETED"
	LookupsReorderedEvent EventKind = "LOOKUPS_REORDERED"
)

// LookupInUse is the code of deleting a value that something bears.
const LookupInUse ErrorCode = "LOOKUP_IN_USE"

func lookupInUse() *Error {
	return &Error{Code: LookupInUse, Path: []string{"input", "id"}, Text: Text{
		NL: "Deze waarde staat ergens ingevuld; neem haar buiten gebruik.",
		EN: "Something bears this value; take it out of use instead."}}
}
