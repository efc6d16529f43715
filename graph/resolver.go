// Package graph translates between the schema and the business: no SQL, no rule, no permission. A
// resolver is one call.
package graph

import (
	"klantkaart/crm"
)

// Resolver answers the fields of the schema that are not plain values.
type Resolver struct {
	crm  *crm.CRM
	live *Live
}
