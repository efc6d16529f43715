package crm

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// LookupListKey names a list of values that an office keeps itself.
type LookupListKey string

// The lists; the schema says what each is for.
const (
	LegalFormList         LookupListKey = "LEGAL_FORM"
	SectorList            LookupListKey = "SECTOR"
	ClassificationList    LookupListKey = "CLASSIFICATION"
	RelationSourceList    LookupListKey = "RELATION_SOURCE"
	TagList               LookupListKey = "TAG"
	InvoicingMethodList   LookupListKey = "INVOICING_METHOD"
	PaymentConditionList  LookupListKey = "PAYMENT_CONDITION"
	DepartmentList        LookupListKey = "CONTACT_DEPARTMENT"
	ContactRoleList       LookupListKey = "CONTACT_ROLE"
	PreferredChannelList  LookupListKey = "PREFERRED_CHANNEL"
	ConversationList      LookupListKey = "CONVERSATION_CHANNEL"
	ContactMomentList     LookupListKey = "CONTACT_MOMENT_TYPE"
	LeadSourceList        LookupListKey = "LEAD_SOURCE"
	LostReasonList        LookupListKey = "LOST_REASON"
	RequestedFunctionList LookupListKey = "REQUESTED_FUNCTION"
	ProjectTypeList       LookupListKey = "PROJECT_TYPE"
	HourTypeList          LookupListKey = "HOUR_TYPE"
	ExpenseTypeList       LookupListKey = "EXPENSE_TYPE"
	ArchiveReasonList     LookupListKey = "ARCHIVE_REASON"
	CampaignTypeList      LookupListKey = "CAMPAIGN_TYPE"
	GoalKindList          LookupListKey = "ACQUISITION_GOAL_KIND"
	ChecklistCategoryList LookupListKey = "CHECKLIST_CATEGORY"
	DocumentCategoryList  LookupListKey = "DOCUMENT_CATEGORY"
	AttentionLabelList    LookupListKey = "ATTENTION_LEVEL_LABEL"
	VatRegimeLabelList    LookupListKey = "VAT_REGIME_LABEL"
	DeliveryPresetList    LookupListKey = "INVOICE_DELIVERY_PRESET"
)

// LookupValue is a value of a lookup list.
type LookupValue struct {
	bun.BaseModel `bun:"table:lookup_values,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	Version        int
	List           LookupListKey
	Code           *string `change:"code"`
	Text           string  `change:"text"`
	TextKey        string  `read:"-"` // folded: two values of a list do not differ by case or accents alone
	SortOrder      int
	Active         bool
	IsDefault      bool `change:"isDefault"`

	// What invoicing methods and payment conditions mean; empty in other lists.
	Basis         *InvoicingBasis `change:"basis"`
	Days          *int            `change:"days"`
	IsEndOfMonth  bool            `bun:"end_of_month" change:"isEndOfMonth"`
	IsDirectDebit bool            `bun:"direct_debit" change:"isDirectDebit"`

	// What presets for the delivery of invoices choose; nil is left as it is.
	Channel                 *DeliveryChannel      `change:"channel"`
	AttachHourSpecification *bool                 `change:"attachHourSpecification"`
	AttachTimesheets        *bool                 `change:"attachTimesheets"`
	PurchaseOrderRequired   *bool                 `change:"purchaseOrderRequired"`
	Splits                  choices[InvoiceSplit] `bun:"split_by,type:text" change:"splitBy"`
}

// IsNode marks a Node.
func (*LookupValue) IsNode() {}

// NodeID is the value's id.
func (v *LookupValue) NodeID() ID { return v.ID }

// IsActive tells whether it can be chosen.
func (v *LookupValue) IsActive() bool { return v.Active }

// LookupValueFields are what an administrator types of a value.
type LookupValueFields struct {
	Text      graphql.Omittable[*string]
	Code      graphql.Omittable[*string]
	IsDefault graphql.Omittable[*bool]

	Basis         graphql.Omittable[*InvoicingBasis]
	Days          graphql.Omittable[*int]
	IsEndOfMonth  graphql.Omittable[*bool]
	IsDirectDebit graphql.Omittable[*bool]

	Channel                 graphql.Omittable[*DeliveryChannel]
	AttachHourSpecification graphql.Omittable[*bool]
	AttachTimesheets        graphql.Omittable[*bool]
	PurchaseOrderRequired   graphql.Omittable[*bool]
	SplitBy                 graphql.Omittable[[]InvoiceSplit]
}

// maxText is how long the texts of a list can be: no longer than the fields of cards that hold them.
func (k LookupListKey) maxText() int {
	switch k {
	case LegalFormList:
		return 40
	case SectorList:
		return 60
	}
	return 100
}

func (f LookupValueFields) apply(v *LookupValue, p *patching) {
	p.required("text", f.Text, &v.Text, upTo(v.List.maxText()))
	p.text("code", f.Code, &v.Code, upTo(40))
	f.checkCode(v, p)
	replace(p, "isDefault", f.IsDefault, &v.IsDefault)
	f.applyMeaning(v, p)
	v.TextKey = fold(v.Text)
	if v.TextKey == "" && len(p.faults) == 0 {
		p.refuse("text", Text{NL: "Een waarde heeft ten minste één letter of cijfer.", EN: "A value has at least one letter or digit."})
	}
	if v.IsDefault && !v.Active {
		p.refuse("isDefault", Text{
			NL: "Een waarde buiten gebruik wordt niet als eerste voorgesteld.",
			EN: "A value that is out of use is not proposed first."})
	}
}

// mayChoose says whether a field can be given the value: it is of the field's list, and in use.
func (v *LookupValue) mayChoose(list LookupListKey, path []string) *Error {
	switch {
	case v == nil || v.List != list:
		return notFound(path...)
	case !v.Active:
		return lookupInactive(path)
	}
	return nil
}

func lookupInactive(path []string) *Error {
	return &Error{Code: LookupInactive, Path: path, Text: Text{
		NL: "Deze waarde is niet meer in gebruik.",
		EN: "This value is no longer in use."}}
}
