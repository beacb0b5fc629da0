"""The one kind of kernel the server starts: this Python, whatever kernels a user has installed."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from traitlets import Enum

from dnaviz.serving import fork

KERNELS = ("auto", "forked", "ordinary")
"""How kernels start: forked where that is safe, always, or never."""


class OneKernelSpec(KernelSpecManager):
    """Answers with the same kernel for every name a notebook may ask for."""

    kernels = Enum(KERNELS, "auto", help="How kernels start.").tag(config=True)

    @property
    def forked(self) -> bool:
        return self.kernels == "forked" or (self.kernels == "auto" and fork.possible())

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        provisioner = {
            "provisioner_name": fork.PROVISIONER,
            "config": {"required": self.kernels == "forked"},
        }
        return KernelSpec(
            argv=[sys.executable, "-m", "dnaviz.serving.kernel", "-f", "{connection_file}"],
            display_name="dnaviz",
            language="python",
            metadata={"kernel_provisioner": provisioner} if self.forked else {},
        )

    def find_kernel_specs(self) -> dict[str, str]:
        return {"python3": ""}

    def get_all_specs(self) -> dict[str, Any]:
        spec = self.get_kernel_spec("python3").to_dict()
        return {"python3": {"resource_dir": "", "spec": spec}}
