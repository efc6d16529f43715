// Changes of the contract that break clients and were made all the same, by the message of graphql-inspector,
// each with its reason. One that is older than the version compared with may go.
export const argued = {
  "Enum value 'CHANNEL_UNAVAILABLE' was removed from enum 'ErrorCode'":
    'documents go by e-mail now, so that no channel is refused any more; made before the first release',
  "Field 'Project.startOn' changed type from 'Date!' to 'Date'":
    'one query can ask requests and projects for their start only if it is of one type; made before the first release',
  "Field 'Customer.invoicing' changed type from 'InvoicingPreferences!' to 'InvoicingPreferences'":
    'null for whoever may not see how relations are invoiced; made before the first release',
  "Field 'Request.invoicing' changed type from 'InvoicingPreferences!' to 'InvoicingPreferences'":
    'null for whoever may not see how relations are invoiced; made before the first release',
  "Field 'Project.invoicing' changed type from 'InvoicingPreferences!' to 'InvoicingPreferences'":
    'null for whoever may not see how relations are invoiced; made before the first release',
  "Field 'Organization.invoicingDefaults' changed type from 'InvoicingPreferences!' to 'InvoicingPreferences'":
    'null for whoever may not see how relations are invoiced; made before the first release',
}
