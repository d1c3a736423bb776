"""Content of the report: tables, values in the prose, notebooks run and translated."""
