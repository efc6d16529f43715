package crm

// CreditStatus is whether the office wants to deliver before it is paid.
type CreditStatus string

// What most relations have, and what is worth a warning; the schema lists the others.
const (
	unknownCredit CreditStatus = "UNKNOWN"
	BlockedCredit CreditStatus = "BLOCKED"
)

// CreditBlocked warns of work that begins at a relation without credit.
const CreditBlocked WarningCode = "CREDIT_BLOCKED"

// NoCreditLimit tells of a customer for which nobody said up to how much is delivered.
const NoCreditLimit DataProblemCode = "NO_CREDIT_LIMIT"

// CreditLimit is for how much the office delivers before it is paid.
func (c *Customer) CreditLimit() *Money { return euros(c.CreditLimitCents) }

// warnOfCredit tells that work begins at a relation that gets no credit. It is no error: whether to go on is for who does
// it to judge, and the log tells who did. See docs/decisions/credit.md.
func (tx *Tx) warnOfCredit(customer *Customer) {
	if customer.CreditStatus != BlockedCredit {
		return
	}
	tx.warn(CreditBlocked, Text{
		NL: "Het krediet van deze relatie is geblokkeerd.",
		EN: "The credit of this relation is blocked."}, customer)
}

func creditNames() map[CreditStatus]Text {
	return map[CreditStatus]Text{unknownCredit: {"Onbekend", "Unknown"}, "REQUESTED": {"Aangevraagd", "Requested"},
		"GRANTED": {"Verleend", "Granted"}, BlockedCredit: {"Geblokkeerd", "Blocked"}}
}
