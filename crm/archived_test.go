package crm_test

import (
	"errors"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// Why a verb does not refuse an archived relation.
const (
	ofTheOffice   = "it is about what the office keeps for all its cards"
	earnedBefore  = "what was earned before the card was archived must still be invoiced and paid, or given up"
	ofTheCardsOwn = "it is about the archiving itself"
	ofTheOther    = "a link is its other card's too, which is in daily use"
	lateMail      = "what was sent and received is filed whenever it turns up"
	byLaw         = "the law on privacy does not wait for a card"
	nothingOfIt   = "it changes nothing of the card"
	another       = "it names another card as well, which is looked up first and is not there"
)

// onArchived are the verbs that do not refuse an archived relation, each with its reason.
var onArchived = map[string]string{
	"state preferences of the office": ofTheOffice,
	"update lookup value":             ofTheOffice,
	"reorder lookup value":            ofTheOffice,
	"deactivate lookup value":         ofTheOffice,
	"reactivate lookup value":         ofTheOffice,
	"delete lookup value":             ofTheOffice,
	"save process template":           ofTheOffice,
	"block process template":          ofTheOffice,
	"unblock process template":        ofTheOffice,
	"delete process template":         ofTheOffice,
	"save document template":          ofTheOffice,
	"update campaign":                 ofTheOffice,
	"end campaign":                    ofTheOffice,
	"update checklist item":           ofTheOffice,
	"deactivate checklist item":       ofTheOffice,
	"reactivate checklist item":       ofTheOffice,
	"delete checklist item":           ofTheOffice,
	"update colleague":                ofTheOffice,
	"update role":                     ofTheOffice,
	"delete role":                     ofTheOffice,
	"create team":                     ofTheOffice,
	"update team":                     ofTheOffice,
	"delete team":                     ofTheOffice,
	"update identity provider":        ofTheOffice,
	"unlink identity":                 ofTheOffice,
	"sign out colleague":              ofTheOffice,
	"remove second factor":            ofTheOffice,
	"reinvite colleague":              ofTheOffice,
	"cancel invitation":               ofTheOffice,
	"approve billable lines":          earnedBefore,
	"propose invoice":                 earnedBefore,
	"mark invoiced":                   earnedBefore,
	"register invoice":                lateMail,
	"mark invoice paid":               earnedBefore,
	"mark invoice unpaid":             earnedBefore,
	"mark invoice credited":           earnedBefore,
	"write off billable line":         earnedBefore,
	"archive customer":                ofTheCardsOwn,
	"restore customer":                ofTheCardsOwn,
	"update card relation":            ofTheOther,
	"remove card relation":            ofTheOther,
	"file document":                   lateMail,
	"file e-mail":                     lateMail,
	"anonymize contact":               byLaw,
	"export personal data":            byLaw,
	"announce editing":                nothingOfIt,
	"move contact":                    another,
	"create document of a template":   another,
	"create document of a file":       another,
}

// TestArchivedRelation tries every verb on an office's own things while their relation is archived: each says so, but
// for those that have a reason not to.
func TestArchivedRelation(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		n := o.Neighbour()
		write(t, o, "UPDATE customers SET archived_at = ?, archived_by = ? WHERE id = ?", o.Clock.Now(), n.User, n.Customer)
		trial := crm.WithManner(n.Context(), crm.Manner{Try: func([]*crm.Event) {}}) // so that each finds the card archived
		tried := make(map[string]bool)
		for _, verb := range verbs() {
			tried[verb.name] = true
			err := verb.do(trial, o, idsOf(n))
			var fault *crm.Error
			saysSo := errors.As(err, &fault) && fault.Code == crm.CardArchived
			if reason, excepted := onArchived[verb.name]; saysSo == excepted {
				t.Errorf("%s on an archived relation: %v; the reason not to refuse it: %q", verb.name, err, reason)
			}
		}
		write(t, o, "UPDATE customers SET archived_at = ?, archived_by = ? WHERE id = ?", o.Clock.Now(), n.User, n.Sister)
		for _, verb := range verbs() {
			if onArchived[verb.name] == ofTheOther {
				refused(t, verb.do(trial, o, idsOf(n)), crm.CardArchived, "input")
			}
		}
		for name := range onArchived {
			if !tried[name] {
				t.Errorf("there is no verb %q", name)
			}
		}
	})
}
