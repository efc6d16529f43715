package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// naming are the lists whose values name what is fixed in the program, with one of its codes.
func naming() map[crm.LookupListKey]string {
	return map[crm.LookupListKey]string{crm.ConversationList: "CHAT", crm.VatRegimeLabelList: "EXEMPT", crm.AttentionLabelList: "CRITICAL"}
}

func TestCodesNameWhatIsFixedInTheProgram(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for list, code := range naming() {
			t.Run(string(list)+" refuses a code that names nothing", func(t *testing.T) {
				values := must2(o.Lookups.Values(o.As(crmtest.Peter), list, true))(t)
				o.Signals()
				changesNothing(t, o, func() {
					for _, wrong := range []string{"FAX", "chat", "exempt", code + "2"} {
						_, err := valueOf(o, list, crm.LookupValueFields{Text: crmtest.Text("Anders"), Code: crmtest.Text(wrong)})
						refused(t, err, crm.BadInput, "input", "fields", "code")
						_, err = mendValue(o, values[0], crm.LookupValueFields{Code: crmtest.Text(wrong)})
						refused(t, err, crm.BadInput, "input", "patch", "code")
					}
				})
			})
			t.Run(string(list)+" takes one that does, or none", func(t *testing.T) {
				values := must2(o.Lookups.Values(o.As(crmtest.Peter), list, true))(t)
				for _, value := range values {
					if *value.Code == code {
						must2(mendValue(o, value, crm.LookupValueFields{Code: crmtest.Null[string]()}))(t)
					}
				}
				made := must2(valueOf(o, list, crm.LookupValueFields{Text: crmtest.Text("Anders"), Code: crmtest.Text(code)}))(t).Value
				equal(t, "code", *made.Code, code)
			})
		}
		t.Run("and other lists take any", func(t *testing.T) {
			must2(valueOf(o, crm.SectorList, crm.LookupValueFields{Text: crmtest.Text("Fax"), Code: crmtest.Text("FAX")}))(t)
		})
	})
}

func TestLabelsAreWhatTheOfficeCallsIt(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		labels := func(list crm.LookupListKey, codes ...string) []string {
			t.Helper()
			return must2(o.Lookups.Labels(o.As(crmtest.Sanne), list, codes))(t)
		}
		sameList(t, "channels", labels(crm.ConversationList, "EVENT", "PHONE", "EVENT", ""), []string{"Evenement", "Telefoon", "Evenement", ""})
		sameList(t, "regimes", labels(crm.VatRegimeLabelList, "EU_REVERSE_CHARGE", "STANDARD_21"), []string{"Btw verlegd EU", "Hoog tarief"})
		sameList(t, "levels", labels(crm.AttentionLabelList, "INFO", "CRITICAL"), []string{"Ter info", "Belangrijk"})
		event := o.Lookup(crm.ConversationList, "Evenement")
		must2(mendValue(o, event, crm.LookupValueFields{Text: crmtest.Text("Beurs of borrel")}))(t)
		sameList(t, "after another name", labels(crm.ConversationList, "EVENT"), []string{"Beurs of borrel"})
		must2(o.Lookups.Deactivate(o.As(crmtest.Peter), crm.DeactivateLookupValueInput{ID: event.ID}))(t)
		sameList(t, "out of use", labels(crm.ConversationList, "EVENT"), []string{"Bijeenkomst"})
		theirs := o.Neighbour()
		sameList(t, "of the neighbour", must2(o.Lookups.Labels(theirs.Context(), crm.VatRegimeLabelList, []string{"EU_REVERSE_CHARGE"}))(t), []string{"Btw verlegd binnen de EU"})
	})
}
