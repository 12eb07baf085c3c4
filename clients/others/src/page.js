// What Relay's compiler makes artifacts of. The tests use the artifacts, and the same texts with the other libraries.
import { graphql } from 'relay-runtime';

export const page = graphql`
  query pageQuery($id: ID!) {
    account(id: $id) {
      id
      name
      creditStatus { id revision icon credits { id remaining usedPercent } runs { id remaining usedPercent } }
      banners { id revision banners { id kind percent text } }
      guardrails(first: 5) { edges { node { id name status } } }
    }
  }
`;

export const status = graphql`
  subscription pageStatusSubscription($id: ID!) {
    creditStatus(accountId: $id) { id revision icon runs { id remaining usedPercent } }
  }
`;

export const banners = graphql`
  subscription pageBannersSubscription($id: ID!) {
    banners(accountId: $id) { id revision banners { id kind percent text } }
  }
`;

export const changes = graphql`
  subscription pageChangesSubscription($id: ID!) {
    deploymentChanges(accountId: $id) { ... on DeploymentChange { resource { __typename id ... on Guardrail { status } } } }
  }
`;

export const grant = graphql`
  mutation pageGrantMutation($input: GrantCreditsInput!) {
    grantCredits(input: $input) { creditStatus { id revision icon credits { id remaining usedPercent } } userErrors { message } }
  }
`;
