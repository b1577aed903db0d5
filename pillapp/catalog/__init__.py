"""The medicine database: schema, official files in, products, appearances and rules out."""
