"""The API described in OpenAPI 3.1, from the types that it answers with and what routes say."""
