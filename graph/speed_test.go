package graph_test

import (
	"testing"

	"klantkaart/db/dbtest"
)

// overview is a page of the overview as a screen asks for it.
const overview = `query { customers(first: 50) { nodes { id name number stage accountManager { id name }
  recentContacts { id name email phone } recentEngagements { id title number status phaseSince } attentions { id text level } } } }`

// BenchmarkOverview measures a page of 50 customers with children, without the wire.
func BenchmarkOverview(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) {
			ctx, services := officeWith(b, dbtest.Open(b, engine), 50)
			run := runner(services)
			b.ReportAllocs()
			for b.Loop() {
				if response := run(ctx, overview, nil); len(response.Errors) > 0 {
					b.Fatal(response.Errors)
				}
			}
		})
	}
}
