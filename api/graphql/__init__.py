"""The API's data as a graph. Its types are made of the Structs of the API, its fields of the routes, so that both are one.

Imported at the first question only: it takes half a second and 7 MiB.
"""
