package graph_test

import (
	"testing"

	"klantkaart/graph/generated"
)

// listsOfTheDomain are the lists that an office keeps itself, as the design of the product names them, and what keeps
// each: a list of the API, or a part of its own.
func listsOfTheDomain() map[string]string {
	return map[string]string{
		"legalForm": "LEGAL_FORM", "sector": "SECTOR", "relation classification": "CLASSIFICATION", "relation source": "RELATION_SOURCE",
		"tag": "TAG", "invoicing method": "INVOICING_METHOD", "payment condition": "PAYMENT_CONDITION",
		"invoice delivery preset": "INVOICE_DELIVERY_PRESET", "VAT regime label": "VAT_REGIME_LABEL", "contact department": "CONTACT_DEPARTMENT",
		"contact role/function": "CONTACT_ROLE", "preferred channel": "PREFERRED_CHANNEL", "conversation channel": "CONVERSATION_CHANNEL",
		"contact-moment type": "CONTACT_MOMENT_TYPE", "lead source": "LEAD_SOURCE", "lead/request lost reason": "LOST_REASON",
		"requested function": "REQUESTED_FUNCTION", "project type": "PROJECT_TYPE", "hour type": "HOUR_TYPE", "expense type": "EXPENSE_TYPE",
		"archive reason": "ARCHIVE_REASON", "campaign type": "CAMPAIGN_TYPE", "acquisition-goal kind": "ACQUISITION_GOAL_KIND",
		"checklist category": "CHECKLIST_CATEGORY", "checklist items (three groups)": "createChecklistItem",
		"document template category": "DOCUMENT_CATEGORY", "attention level label": "ATTENTION_LEVEL_LABEL",
	}
}

// TestEveryListOfTheDomainIsKept compares the lists of the design with those that the API keeps, either way.
func TestEveryListOfTheDomainIsKept(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	kept := make(map[string]bool)
	for name, keeper := range listsOfTheDomain() {
		if schema.Types["LookupListKey"].EnumValues.ForName(keeper) == nil && schema.Mutation.Fields.ForName(keeper) == nil {
			t.Errorf("nothing keeps the list %q: there is no %s", name, keeper)
		}
		kept[keeper] = true
	}
	for _, value := range schema.Types["LookupListKey"].EnumValues {
		if !kept[value.Name] {
			t.Errorf("%s is no list of the domain", value.Name)
		}
	}
}
