import pytest

from gitxp.capture.machine.container import container

ID = "c0ffee00" * 8
MOUNTS = f"1 2 8:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"


@pytest.fixture
def root(tmp_path):
    """Write files of a root folder, and return it."""

    def write(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return tmp_path

    return write


def test_machine_itself_is_no_container(root):
    assert container({}, root({"proc/self/cgroup": "0::/user.slice\n"})) == {}


def test_docker(root):
    files = {".dockerenv": "", "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": MOUNTS}
    assert container({}, root(files)) == {"kind": "docker", "id": ID}


@pytest.mark.parametrize(
    "group", [f"4:memory:/docker/{ID}\n", f"0::/system.slice/docker-{ID}.scope\n"]
)
def test_docker_told_by_its_group(root, group):
    assert container({}, root({".dockerenv": "", "proc/self/cgroup": group}))["id"] == ID


def test_podman_tells_its_image(root):
    said = f'engine="podman-4.9.3"\nid="{ID}"\nimage="docker.io/library/python:3.11"\n'
    assert container({}, root({"run/.containerenv": said})) == {
        "kind": "podman",
        "id": ID,
        "image": "docker.io/library/python:3.11",
    }


def test_kubernetes_comes_before_the_engine(root):
    group = f"0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope\n"
    place = root({".dockerenv": "", "proc/self/cgroup": group})
    found = container({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, place)
    assert found == {"kind": "kubernetes", "id": ID}


def test_apptainer_tells_its_image(root):
    variables = {"APPTAINER_CONTAINER": "/images/torch.sif"}
    assert container(variables, root({})) == {"kind": "apptainer", "image": "/images/torch.sif"}
