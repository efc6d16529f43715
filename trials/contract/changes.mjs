// Changes of the contract that break clients and were made all the same, by the message of graphql-inspector,
// each with its reason. One that is older than the version compared with may go.
export const argued = {
  "Field 'Project.startOn' changed type from 'Date!' to 'Date'":
    'one query can ask requests and projects for their start only if it is of one type; made before the first release',
}
