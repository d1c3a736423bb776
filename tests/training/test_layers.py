import pytest
import torch
from torch import nn

from mnist_report.common.errors import RecipeError
from mnist_report.training import layers, networks

# The published network's fault, of which it is made.
pytestmark = pytest.mark.filterwarnings("ignore:dropout2d. Received a 2-D input")


@pytest.mark.parametrize("network", networks.NETWORKS)
def test_every_network_gives_ten_scores_and_learns_in_all_its_weights(network):
    model = networks.build(network, 8)
    scores = model(torch.randn(4, 1, 28, 28))
    assert scores.shape == (4, 10)
    scores.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_the_published_network_has_its_published_size():
    # conv 1→32 and 32→64, 9216→128, 128→10, each with a bias
    expected = (9 * 32 + 32) + (9 * 32 * 64 + 64) + (9216 * 128 + 128) + (128 * 10 + 10)
    assert layers.count_parameters(networks.build("original", 32)) == expected


def test_its_output_are_log_probabilities():
    output = networks.build("original", 4).eval()(torch.randn(3, 1, 28, 28))
    assert torch.allclose(output.exp().sum(1), torch.ones(3), atol=1e-5)


def test_an_unknown_network_is_named():
    with pytest.raises(RecipeError, match=r"network: no 'transformer'.*original"):
        networks.build("transformer", 8)


def test_pooling_before_the_activation_changes_nothing():
    x = torch.randn(2, 3, 8, 8)
    pool = nn.MaxPool2d(2)
    assert torch.equal(pool(x).relu(), pool(x.relu()))


def test_multiply_adds_agree_with_torchs_own_counter():
    from torch.utils.flop_counter import FlopCounterMode

    for network in networks.NETWORKS:
        model = networks.build(network, 8).eval()
        rows = layers.summarise(model)
        with FlopCounterMode(display=False) as counter:
            model(torch.zeros(1, 1, 28, 28))
        assert 2 * sum(row.multiply_adds for row in rows) == counter.get_total_flops()
        assert sum(row.parameters for row in rows) == layers.count_parameters(model)
        assert rows[-1].output_shape == (10,)


def test_a_summary_leaves_the_network_as_it_was():
    model = networks.build("convolutional", 4).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    layers.summarise(model)
    assert model.training
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


def test_feature_maps_are_what_the_layers_pass_on():
    model = networks.build("convolutional", 4).eval()
    x = torch.randn(1, 1, 28, 28)
    maps = layers.feature_maps(model, x)
    assert [tuple(m.shape) for m in maps.values()] == [
        (4, 12, 12),
        (8, 10, 10),
        (8, 4, 4),
        (16, 2, 2),
    ]
    name, last = list(maps.items())[-1]
    assert torch.equal(model[: int(name) + 1](x)[0], last)


def test_where_activations_are_functions_the_convolutions_maps_are_shown():
    bare = nn.Sequential(nn.Conv2d(1, 3, 5), nn.Flatten(), nn.Linear(3 * 24 * 24, 10))
    x = torch.randn(1, 1, 28, 28)
    (maps,) = layers.feature_maps(bare, x).values()
    assert torch.equal(maps, bare[0](x)[0])
    with pytest.raises(RecipeError, match="no convolution"):
        layers.feature_maps(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), x)


def test_first_filters_are_the_first_convolutions_kernels():
    model = networks.build("one-pass", 6)
    assert torch.equal(layers.first_filters(model), model[0].weight[:, 0])
    with pytest.raises(RecipeError, match="no convolution"):
        layers.first_filters(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)))


def test_the_rungs_of_the_ladder_begin_with_the_same_weights():
    def first_weights(network):
        torch.manual_seed(0)
        return [p for p in networks.build(network, 4).parameters() if p.ndim > 1]

    published = first_weights("published")
    for network in ("original", "original-logits", "original-batch-norm"):
        assert all(map(torch.equal, published, first_weights(network)))


def test_a_log_softmax_before_the_cross_entropy_changes_nothing():
    torch.manual_seed(0)
    logits, y = torch.randn(6, 10, requires_grad=True), torch.arange(6)
    losses = [nn.functional.cross_entropy(x, y) for x in (logits, logits.log_softmax(1))]
    gradients = [torch.autograd.grad(loss, logits)[0] for loss in losses]
    assert torch.allclose(*losses)
    assert torch.allclose(*gradients)


def test_without_batch_norm_the_convolutions_have_a_bias():
    plain, with_norm = networks.build("convolutional-plain", 4), networks.build("convolutional", 4)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in plain)
    norms = sum(isinstance(layer, nn.BatchNorm2d) for layer in with_norm)
    assert len(plain) == len(with_norm) - norms
    assert all(layer.bias is not None for layer in plain if isinstance(layer, nn.Conv2d))


def test_the_compact_network_sees_the_middle_whatever_its_light():
    network = networks.build("compact", 4).eval()
    x = torch.rand(3, 1, 28, 28)
    edge = x.clone()
    edge[..., :2, :] = 9
    torch.testing.assert_close(network(edge), network(x))
    torch.testing.assert_close(network(10 * x + 3), network(10 * x), atol=1e-4, rtol=1e-4)
    assert network(torch.zeros(1, 1, 28, 28)).isfinite().all()
