"""What the report shows and says: tables, values in the prose, notebooks run and translated."""
