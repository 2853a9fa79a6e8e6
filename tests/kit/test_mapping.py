"""A data mapper is the function that it was."""

from clockhouse.kit import data_mapper


def test_a_data_mapper_is_called_as_it_was() -> None:
    @data_mapper
    def doubled(number: int) -> int:
        return 2 * number

    assert doubled(3) == 6
    assert doubled.__name__ == "doubled"
